"""Check 3.1: the losses that ``fit`` returns."""

from __future__ import annotations

from inspect import signature

import numpy as np
import pytest

from autograder.blueprint import Framework, cross_entropy
from autograder.checking.losses import reported_loss
from autograder.errors import SubmissionError
from autograder.student.model import Fitted

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
                more = {"batch_size": batch_size} if "batch_size" in signature(losses).parameters else {}
                found = [
                    losses(model.forward(token_ids, training=dropout, seed=epoch), labels, epoch, **more)
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
        (lambda logits, labels, _: len(labels) * cross_entropy(logits, labels), "sum-instead-of-mean-loss"),
        (lambda logits, labels, _: cross_entropy(softmax(logits), labels), "softmax-before-loss"),
        (lambda logits, labels, n: cross_entropy(logits, np.roll(labels, n + 1)), "labels-shuffled-apart"),
        (lambda logits, labels, _: 0.5 * cross_entropy(logits, labels), ""),
        (lambda logits, labels, n: (1 + n / 100) * cross_entropy(logits, labels), ""),
    ],
)
def test_other_losses_are_named(reports, losses, misconception):
    with pytest.raises(SubmissionError) as caught:
        reported_loss(reports(losses), KERAS)
    assert caught.value.finding.misconception == misconception
    assert caught.value.finding.expected
    assert caught.value.finding.found


# -- what an epoch's loss is an average of, from the losses of its batches


def _full(batches):
    return [batch for batch in batches if len(batch) == len(batches[0])]


AVERAGES = {
    "mean-of-batch-means": lambda batches: np.mean([batch.mean() for batch in batches]),
    "sum-instead-of-mean-loss": lambda batches: np.sum([batch.mean() for batch in batches]),
    "last-batch-loss": lambda batches: batches[-1].mean(),
    "last-batch-dropped": lambda batches: np.mean([batch.mean() for batch in _full(batches)]),
    "last-batch-dropped ": lambda batches: np.sum([batch.sum() for batch in _full(batches)]) / 21,
    "last-batch-dropped  ": lambda batches: np.sum([batch.mean() for batch in _full(batches)]) / len(batches),
}


def in_batches(average, seed, *, shuffled=True):
    """The losses of an epoch in batches, made one number by ``average``."""
    rng = np.random.default_rng(seed)

    def losses(logits, labels, _, batch_size):
        each = -np.log(softmax(logits)[np.arange(len(labels)), labels])
        each = rng.permutation(each) if shuffled else each
        return average([each[start : start + batch_size] for start in range(0, len(each), batch_size)])

    return losses


def misconception_of(grading):
    with pytest.raises(SubmissionError) as caught:
        reported_loss(grading, KERAS)
    return caught.value.finding.misconception


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("key", AVERAGES)
def test_what_is_no_mean_over_the_examples_is_named(reports, key, seed):
    assert misconception_of(reports(in_batches(AVERAGES[key], seed), seed=seed)) == key.strip()


@pytest.mark.parametrize("key", ["mean-of-batch-means", "last-batch-dropped", "last-batch-loss"])
def test_it_is_named_where_nothing_is_shuffled_too(reports, key):
    assert misconception_of(reports(in_batches(AVERAGES[key], 1, shuffled=False))) == key


@pytest.mark.parametrize("seed", range(5))
def test_texts_that_come_several_times_in_an_epoch(reports, seed):
    rng = np.random.default_rng(seed)

    def losses(logits, labels, _):
        drawn = rng.integers(0, len(labels), len(labels))
        return cross_entropy(logits[drawn], labels[drawn])

    assert misconception_of(reports(losses, seed=seed)) == "drawn-with-replacement"


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
