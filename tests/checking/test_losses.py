"""Check 3.1: the losses that ``fit`` returns."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.blueprint import Framework, cross_entropy
from autograder.checking.losses import reported_loss
from autograder.errors import SubmissionError
from autograder.student.handle import Fitted

KERAS = Framework.KERAS


@pytest.fixture
def reports(numpy_grading, monkeypatch):
    """A grading whose models' ``fit`` reports ``losses(logits, labels, epochs, batch_size)``."""

    def reports(losses, **more):
        grading = numpy_grading(**more)
        module = type(grading.student.module(KERAS))
        plain = module.build

        def build(self, sizes, seed=0, example=None):
            model = plain(self, sizes, seed)

            def fit(token_ids, labels, *, epochs, batch_size, learning_rate, seed):
                dropout = model.sizes["dropout"] > 0
                found = [
                    losses(model.forward(token_ids, training=dropout, seed=epoch), labels, epoch)
                    for epoch in range(epochs)
                ]
                return Fitted(np.array(found), 0.0, 0.0)

            model.fit = fit
            return model

        monkeypatch.setattr(module, "build", build)
        return grading

    return reports


def softmax(logits):
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def test_the_mean_cross_entropy_passes(reports):
    said = reported_loss(reports(lambda logits, labels, _: cross_entropy(logits, labels)), KERAS)
    assert said.startswith("With learning rate 0 fit reports ")


@pytest.mark.parametrize(
    ("losses", "misconception"),
    [
        (lambda logits, labels, _: 3 * cross_entropy(logits, labels), "sum-instead-of-mean-loss"),
        (lambda logits, labels, _: 24 * cross_entropy(logits, labels), "sum-instead-of-mean-loss"),
        (lambda logits, labels, _: cross_entropy(softmax(logits), labels), "softmax-before-loss"),
        (lambda logits, labels, n: cross_entropy(logits, np.roll(labels, n + 1)), "labels-shuffled-apart"),
        (lambda logits, labels, _: 0.5 * cross_entropy(logits, labels), ""),
    ],
)
def test_other_losses_are_named(reports, losses, misconception):
    with pytest.raises(SubmissionError) as caught:
        reported_loss(reports(losses), KERAS)
    assert caught.value.finding.misconception == misconception
    assert caught.value.finding.expected
    assert caught.value.finding.found


def test_dropout_that_is_off_in_fit(reports, monkeypatch):
    def still(grading):
        plain = type(grading.student.module(KERAS)).build

        def build(self, sizes, seed=0, example=None):
            model = plain(self, sizes, seed)
            fit = model.fit

            def without(token_ids, labels, **settings):
                model.sizes = {**model.sizes, "dropout": 0.0}
                return fit(token_ids, labels, **settings)

            model.fit = without
            return model

        monkeypatch.setattr(type(grading.student.module(KERAS)), "build", build)
        return grading

    with pytest.raises(SubmissionError) as caught:
        reported_loss(still(reports(lambda logits, labels, _: cross_entropy(logits, labels))), KERAS)
    assert caught.value.finding.misconception == "fit-in-eval-mode"
