"""Models that are none of the known mistakes: whatever is wrong with them, nothing is named but what they are."""

from __future__ import annotations

import textwrap
from functools import partial
from pathlib import Path

import pytest

from autograder.assignment import load
from autograder.blueprint import Framework
from autograder.checking import architecture, empty, prediction
from autograder.checking.grading import Grading
from autograder.checking.recorder import Recorder
from autograder.datasets import builtin
from autograder.errors import SubmissionError
from autograder.proving.cases import cases
from autograder.report import Report

ROOT = Path(__file__).parents[2]
ASSIGNMENT = load(ROOT / "assignments" / "text-lstm")
MASTER = cases(ASSIGNMENT, ROOT / "solutions" / "text-lstm")[0].files["torch_text_lstm.py"]
CHECKS = (
    architecture.parameters,
    architecture.logits,
    prediction.predictions,
    architecture.gradients,
    empty.without_words,
)
STATES = """
lengths = (token_ids != 0).sum(dim=1)
x = self.embedding(token_ids)
states, _ = self.lstm(x)
is_word = (token_ids != 0).unsqueeze(2).float()
last = states[torch.arange(len(x)), lengths.clamp(min=1) - 1] * (lengths > 0).unsqueeze(1)
"""
DENSE = "return self.dense(self.dropout(h))"
# What `forward` does with the states of all positions and the last word's (and what `__init__` adds).
STRANGERS = {
    "tanh behind the state": f"h = last.tanh()\n{DENSE}",
    "sigmoid behind the state": f"h = last.sigmoid()\n{DENSE}",
    "leaky ReLU behind the state": f"h = nn.functional.leaky_relu(last)\n{DENSE}",
    "a state of twice the size": f"h = 2 * last\n{DENSE}",
    "a state of nearly the right size": f"h = 0.99 * last\n{DENSE}",
    "a normalized state": f"h = nn.functional.normalize(last, dim=1)\n{DENSE}",
    "last and mean added": f"h = last + (states * is_word).sum(1) / lengths.clamp(min=1).unsqueeze(1)\n{DENSE}",
    "last and first averaged": f"h = (last + states[:, 0]) / 2\n{DENSE}",
    "a residual from the first word": f"h = last + states[:, 0] * is_word[:, 0]\n{DENSE}",
    "attention by the last state": (
        "scores = (states * last.unsqueeze(1)).sum(2).masked_fill(token_ids == 0, -99.0)\n"
        f"h = (scores.softmax(1).unsqueeze(2) * states).sum(1)\n{DENSE}"
    ),
    "a mean by the square root of the length": (
        f"h = (states * is_word).sum(1) / lengths.clamp(min=1).unsqueeze(1) ** 0.5\n{DENSE}"
    ),
    "a mean weighted by position": (
        "w = torch.arange(1, x.shape[1] + 1).view(1, -1, 1) * is_word\n"
        f"h = (states * w).sum(1) / w.sum(1).clamp(min=1)\n{DENSE}"
    ),
    "the smallest state": f"h = states.masked_fill(token_ids.unsqueeze(2) == 0, 9.0).min(1).values\n{DENSE}",
    "two words too early": (
        f"h = states[torch.arange(len(x)), (lengths - 3).clamp(min=0)] * (lengths > 0).unsqueeze(1)\n{DENSE}"
    ),
    "the second word": f"h = states[:, 1] * is_word[:, 1]\n{DENSE}",
    "the middle word": f"h = states[torch.arange(len(x)), lengths // 2] * (lengths > 0).unsqueeze(1)\n{DENSE}",
    "scaled embeddings": f"h = self.lstm(1.5 * x)[0][torch.arange(len(x)), lengths.clamp(min=1) - 1]\n{DENSE}",
    "tanh of the embeddings": f"h = self.lstm(x.tanh())[0][torch.arange(len(x)), lengths.clamp(min=1) - 1]\n{DENSE}",
    "a first state of ones": (
        "ones = torch.ones(1, len(x), self.lstm.hidden_size)\n"
        f"h = self.lstm(x, (ones, ones))[0][torch.arange(len(x)), lengths.clamp(min=1) - 1]\n{DENSE}"
    ),
    "every other word": f"h = self.lstm(x[:, ::2])[0][:, -1]\n{DENSE}",
    "the first word twice": (
        "twice = torch.cat([x[:, :1], x], 1)\n"
        f"h = self.lstm(twice)[0][torch.arange(len(x)), lengths] * (lengths > 0).unsqueeze(1)\n{DENSE}"
    ),
    "logits minus their mean": (
        "h = last\nlogits = self.dense(self.dropout(h))\nreturn logits - logits.mean(1, keepdim=True)"
    ),
    "logits at a temperature": "h = last\nreturn self.dense(self.dropout(h)) / 1.1",
    "a state without its mean": f"h = last - last.mean(1, keepdim=True)\n{DENSE}",
    "features in another order": f"h = torch.where(lengths.unsqueeze(1) > 5, last, last.flip(1))\n{DENSE}",
}
# Whose parameters are others: what `__init__` makes, and the forward pass.
WITH_PARAMETERS = {
    "a learned first state": (
        'self.first = nn.Parameter(torch.randn(1, 1, sizes["hidden_size"]))',
        "first = self.first.expand(-1, len(x), -1).contiguous()\n"
        f"h = self.lstm(x, (first, first))[0][torch.arange(len(x)), lengths.clamp(min=1) - 1]\n{DENSE}",
    ),
    "another hidden layer": (
        'self.hidden = nn.Linear(sizes["hidden_size"], sizes["hidden_size"])',
        f"h = self.hidden(last).relu()\n{DENSE}",
    ),
    "layer normalization": ('self.norm = nn.LayerNorm(sizes["hidden_size"])', f"h = self.norm(last)\n{DENSE}"),
    "three layers": (
        'self.lstm = nn.LSTM(sizes["embed_dim"], sizes["hidden_size"], num_layers=3, batch_first=True)',
        f"h = last\n{DENSE}",
    ),
    "learned attention": (
        'self.score = nn.Linear(sizes["hidden_size"], 1)',
        "scores = self.score(states).masked_fill((token_ids == 0).unsqueeze(2), -99.0)\n"
        f"h = (scores.softmax(1) * states).sum(1)\n{DENSE}",
    ),
}


@pytest.fixture
def named(torch_student):
    """The misconceptions that checks of task 2 name in a PyTorch model."""

    def named(init: str, forward: str) -> set[str]:
        overlay = (
            "As = TextLSTM\nclass TextLSTM(As):\n    def __init__(self, **sizes):\n        super().__init__(**sizes)\n"
            + textwrap.indent(init, " " * 8)
            + "\n    def forward(self, token_ids):\n"
            + textwrap.indent(STATES + forward, " " * 8)
            + "\n"
        )
        dataset = partial(builtin, train=120, test=60, seed=1)
        student, recorder = torch_student(f"{MASTER}\n\n{overlay}"), Recorder(Report("text-lstm"))
        grading = Grading(ASSIGNMENT, student, recorder, seed=1, dataset=dataset)
        keys, failed = set(), 0
        for check in CHECKS:
            try:
                check(grading, Framework.TORCH)
            except SubmissionError as error:
                failed += 1
                keys |= {error.finding.misconception} - {""}
        assert failed
        return keys

    return named


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_with_the_right_parameters_has_no_name(named, stranger):
    assert named("pass", STRANGERS[stranger]) == set()


@pytest.mark.parametrize("stranger", WITH_PARAMETERS)
def test_a_stranger_with_other_parameters_has_no_name(named, stranger):
    assert named(*WITH_PARAMETERS[stranger]) == set()


def test_what_has_a_name_is_named_here_too(named):
    assert named("pass", f"h = last.relu()\n{DENSE}") == {"relu-behind-state"}
