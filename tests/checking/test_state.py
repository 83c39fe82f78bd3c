"""A model with state, moving means and variances, and gradients that are NaN: by PyTorch students, in this process."""

from __future__ import annotations

import pytest

from autograder.blueprint import BatchNorm, Blueprint, Chain, Dense, Embedding, Framework, GlobalAveragePool1D
from autograder.checking import architecture, saving, training
from autograder.checking.dropout import dropout
from autograder.checking.verdicts import NotGradable
from autograder.errors import SubmissionError

TORCH = Framework.TORCH


def normed(*, vocab_size, embed_dim, num_classes, dropout=0.0, **_):
    """Normalizes mean words; the other sizes of a TextCNN are of no use to it."""
    layers = Embedding("embedding", vocab_size, embed_dim), GlobalAveragePool1D(), BatchNorm("norm")
    return Blueprint(Chain(*layers, Dense("output", num_classes)))


STUDENT = """
import json
from pathlib import Path

import torch
from torch import nn


class Normed(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_classes, **_):
        super().__init__()
        self.sizes = {"vocab_size": vocab_size, "embed_dim": embed_dim, "num_classes": num_classes}
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        self.norm = nn.BatchNorm1d(embed_dim)
        self.dense = nn.Linear(embed_dim, num_classes)

    def forward(self, token_ids):
        return self.dense(self.norm(self.embedding(token_ids).mean(dim=1)))


def build_model(**sizes):
    return Normed(**sizes)


def save(model, path):
    (Path(path) / "sizes.json").write_text(json.dumps(model.sizes))
    torch.save(model.state_dict(), Path(path) / "weights.pt")


def load(path):
    model = build_model(**json.loads((Path(path) / "sizes.json").read_text()))
    model.load_state_dict(torch.load(Path(path) / "weights.pt"), strict=False)
    return model
"""


@pytest.fixture
def normed_by(grading_of, torch_student, monkeypatch):
    """A grading of a student with this source, where the handout's model normalizes."""

    def normed_by(source=STUDENT):
        grading = grading_of(torch_student(source))
        monkeypatch.setattr(grading, "_make", normed)
        return grading

    return normed_by


def finding(judge, grading):
    with pytest.raises(SubmissionError) as caught:
        judge(grading, TORCH)
    return caught.value.finding


def test_a_right_model_with_state_passes(normed_by):
    grading = normed_by()
    assert architecture.parameters(grading, TORCH)
    assert architecture.logits(grading, TORCH)
    assert architecture.gradients(grading, TORCH).startswith("5 of 5 parameters get the right gradient")
    assert saving.weights_survive(grading, TORCH) == "7 parameters came back bit for bit in a new process."
    assert saving.predictions_survive(grading, TORCH)


def test_state_that_is_not_saved(normed_by):
    grading = normed_by(STUDENT.replace("model.state_dict(),", "dict(model.named_parameters()),"))
    found = finding(saving.weights_survive, grading)
    assert found.misconception == "statistics-not-saved"
    assert found.found == "2 of 2 arrays of state differ"


def test_weights_that_are_lost_with_the_state_are_what_is_told(normed_by):
    grading = normed_by(STUDENT.replace("    model.load_state_dict", "    1 or model.load_state_dict"))
    assert finding(saving.weights_survive, grading).misconception == "load-returns-untrained"


def test_a_parameter_without_a_gradient_is_no_state(normed_by):
    grading = normed_by(STUDENT.replace("self.norm(self", "self.norm.requires_grad_(False)(self"))
    found = finding(architecture.gradients, grading)
    assert found.misconception == "no-gradient"
    assert found.message == "No gradient reaches norm.weight, norm.bias: training can never change it."
    assert found.found == "none for 2 of 5 parameters"


def test_state_of_a_model_that_nobody_knows_needs_no_gradient(normed_by):
    grading = normed_by(STUDENT.replace(".mean(dim=1)", ".mean(dim=1) ** 3"))
    with pytest.raises(SubmissionError, match="Each parameter gets a gradient"):
        architecture.gradients(grading, TORCH)


@pytest.mark.parametrize("judge", [dropout, training.repeatable], ids=["dropout", "training"])
def test_what_normalization_does_in_training_costs_nothing(normed_by, judge):
    with pytest.raises(NotGradable, match="What a normalization does in training is not recomputed"):
        judge(normed_by(), TORCH)


def test_a_gradient_that_is_nan(normed_by):
    """The square root of 0 is 0, its slope is infinite, and 0 times infinity is NaN."""
    hidden = "self.norm(torch.where(m == 0, m, m + 0 * torch.sqrt(m - m.detach())))"
    grading = normed_by(
        STUDENT.replace("self.norm(self.embedding(token_ids).mean(dim=1))", hidden).replace(
            "        return self.dense", "        m = self.embedding(token_ids).mean(dim=1)\n        return self.dense"
        )
    )
    assert architecture.logits(grading, TORCH)
    found = finding(architecture.gradients, grading)
    assert found.misconception == "nan-gradient"
    assert found.message.startswith("The gradient of embedding.weight is NaN or infinite")
