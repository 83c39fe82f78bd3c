"""A ``fit`` whose batches are of a size of its own: charged once, and for nothing that it does rightly."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from autograder.assignment import load
from autograder.blueprint import Framework
from autograder.checking import steps, training
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


def test_batches_that_hold_all_texts_are_not_said_to_be_unshuffled(torch_student):
    before, after = MASTER.split("    torch.manual_seed(seed)\n")
    student = torch_student(f"{before}    torch.manual_seed(seed)\n    batch_size = 32\n{after}")
    dataset = partial(builtin, train=120, test=60, seed=1)
    grading = Grading(ASSIGNMENT, student, Recorder(Report("text-lstm")), seed=3, dataset=dataset)
    with pytest.raises(SubmissionError, match="batches of a size of its own"):
        steps.adam_steps(grading, Framework.TORCH)
    with pytest.raises(RestsOn, match="one step in each epoch the order"):
        training.repeatable(grading, Framework.TORCH)
