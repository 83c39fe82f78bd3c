"""The reference with a line changed: charged once, and for nothing that it does rightly."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from autograder.assignment import load
from autograder.blueprint import Framework
from autograder.checking import saving, steps, training
from autograder.checking.grading import Grading
from autograder.checking.recorder import Recorder
from autograder.checking.verdicts import RestsOn
from autograder.datasets import builtin
from autograder.errors import SubmissionError
from autograder.proving.cases import cases
from autograder.report import Report

ROOT = Path(__file__).parents[2]
ASSIGNMENT = load(ROOT / "assignments" / "text-lstm")
MASTER = cases(ASSIGNMENT, ROOT / "solutions" / "text-lstm")[0].files["torch_text_lstm.py"]


@pytest.fixture
def changed(torch_student):
    """A grading of the reference in PyTorch in which one text has taken the place of another."""

    def changed(old: str, new: str) -> Grading:
        assert MASTER.count(old) == 1
        dataset = partial(builtin, train=120, test=60, seed=1)
        student = torch_student(MASTER.replace(old, new))
        return Grading(ASSIGNMENT, student, Recorder(Report("text-lstm")), seed=3, dataset=dataset)

    return changed


def test_batches_that_hold_all_texts_are_not_said_to_be_unshuffled(changed):
    seeded = "    torch.manual_seed(seed)\n"
    grading = changed(seeded, f"{seeded}    batch_size = 32\n")
    with pytest.raises(SubmissionError, match="batches of a size of its own"):
        steps.adam_steps(grading, Framework.TORCH)
    with pytest.raises(RestsOn, match="one step in each epoch the order"):
        training.repeatable(grading, Framework.TORCH)


def test_keys_of_other_names_are_no_other_sizes(changed):
    other_names = '{f"module.{key}": value for key, value in model.state_dict().items()}'
    grading = changed("torch.save(model.state_dict(), ", f"torch.save({other_names}, ")
    with pytest.raises(SubmissionError, match="raised RuntimeError") as caught:
        saving.weights_survive(grading, Framework.TORCH)
    assert "Missing key(s)" in caught.value.finding.details
    assert caught.value.finding.misconception == ""
