"""Checks 2.5 to 2.7, on models that compute in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.blueprint import Blueprint, Chain, Dropout, Embedding, Framework, Layer, LogSoftmax, ReLU, Softmax
from autograder.checking import prediction
from autograder.checking.dropout import dropout
from autograder.checking.misplaced import alike
from autograder.checking.models import drawn_model
from autograder.checking.verdicts import Partial, RestsOn
from autograder.errors import SubmissionError


@pytest.fixture
def finding():
    def finding(judge, *arguments):
        with pytest.raises(SubmissionError) as caught:
            judge(*arguments)
        return caught.value.finding

    return finding


def rewritten(edit):
    return lambda blueprint: Blueprint(blueprint.model.rewrite(edit))


def without(layer: Layer) -> Layer:
    return Dropout(0.0) if isinstance(layer, Dropout) else layer


def keeps(layer: Layer) -> Layer:
    return Dropout(1 - layer.rate) if isinstance(layer, Dropout) else layer


def twice(layer: Layer) -> Layer:
    return Chain(layer, Dropout(layer.rate)) if isinstance(layer, Dropout) else layer


def fixed(layer: Layer) -> Layer:
    return Dropout(0.5) if isinstance(layer, Dropout) else layer


def behind_words(layer: Layer) -> Layer:
    return Chain(layer, Dropout(0.2)) if isinstance(layer, Embedding) else without(layer)


def behind_relu(layer: Layer) -> Layer:
    return Chain(layer, Dropout(0.2)) if isinstance(layer, ReLU) else without(layer)


# -- predict


@pytest.mark.parametrize("framework", Framework)
def test_predict_is_the_model(numpy_grading, framework):
    prediction.predictions(numpy_grading(), framework)


@pytest.mark.parametrize("layer", [Softmax(), LogSoftmax()])
def test_predict_that_gives_probabilities(numpy_grading, finding, monkeypatch, layer):
    grading = numpy_grading()
    model = drawn_model(grading, Framework.TORCH, 0)
    monkeypatch.setattr(model, "predict", lambda ids: layer.apply(model.forward(ids, training=False)), raising=False)
    assert finding(prediction.predictions, grading, Framework.TORCH).misconception == "predict-returns-probabilities"


def test_predict_with_dropout(numpy_grading, finding, monkeypatch):
    grading = numpy_grading()
    model, seeds = drawn_model(grading, Framework.TORCH, 0), iter(range(100))
    monkeypatch.setattr(model, "predict", lambda ids: model.forward(ids, training=model.training, seed=next(seeds)))
    assert finding(prediction.predictions, grading, Framework.TORCH).misconception == "dropout-in-predict"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda logits: logits[::-1], "predict returns the right rows in another order"),
        (lambda logits: logits * 1.1, "predict doesn't return what the model gives."),
        (lambda logits: logits - logits.mean(axis=0) if len(logits) > 1 else logits, "predict doesn't return"),
    ],
)
def test_predict_that_does_something_else(numpy_grading, finding, monkeypatch, change, said):
    grading = numpy_grading()
    model = drawn_model(grading, Framework.KERAS, 0)
    monkeypatch.setattr(model, "predict", lambda ids: change(model.forward(ids, training=False)))
    assert finding(prediction.predictions, grading, Framework.KERAS).message.startswith(said)


def test_a_text_alone_gets_the_same_logits(numpy_grading, finding, monkeypatch):
    grading = numpy_grading()
    model = drawn_model(grading, Framework.KERAS, 0)
    plain = model._logits
    monkeypatch.setattr(model, "_logits", lambda ids, rng: plain(ids, rng) + (0.1 if len(ids) == 1 else 0))
    assert finding(prediction.predictions, grading, Framework.KERAS).misconception == "batch-dependent"


@pytest.mark.parametrize(
    ("left", "misconception"), [(False, "predict-leaves-eval-mode"), (True, "predict-leaves-train-mode"), (None, "")]
)
def test_the_mode_is_kept(numpy_grading, finding, monkeypatch, left, misconception):
    grading = numpy_grading()
    model = drawn_model(grading, Framework.TORCH, 0)
    plain = model.predict

    def predict(token_ids):
        if left is not None:
            model.training = left
        return plain(token_ids)

    monkeypatch.setattr(model, "predict", predict)
    if misconception:
        assert finding(prediction.mode_is_kept, grading, Framework.TORCH).misconception == misconception
    else:
        prediction.mode_is_kept(grading, Framework.TORCH)


def test_a_tensor_that_keeps_its_gradient_costs_half_of_the_points_and_is_named(numpy_grading, monkeypatch):
    grading = numpy_grading()
    monkeypatch.setattr(drawn_model(grading, Framework.TORCH, 0), "keeps_gradient", lambda _: True)
    with pytest.raises(Partial) as caught:
        prediction.predictions(grading, Framework.TORCH)
    assert caught.value.credit == 0.5
    assert caught.value.finding.misconception == "gradients-kept"


# -- dropout


@pytest.mark.parametrize("seed", range(1, 6))
def test_right_dropout_passes_whatever_the_seed(numpy_grading, seed):
    said = dropout(numpy_grading(seed=seed), Framework.TORCH)
    assert said.startswith("Dropout of 0.2 drops")


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("edit", "misconception"),
    [
        (without, "no-dropout"),
        (keeps, "dropout-rate-is-keep-rate"),
        (behind_words, "dropout-on-embedding"),
        (twice, "dropout-misplaced"),
        (fixed, "dropout-hard-coded"),
    ],
)
def test_wrong_dropout_is_named(numpy_grading, finding, edit, misconception, seed):
    grading = numpy_grading(rewritten(edit), seed=seed)
    assert finding(dropout, grading, Framework.KERAS).misconception == misconception


def test_dropout_in_front_of_the_maximum_is_caught(numpy_grading, finding):
    found = finding(dropout, numpy_grading(rewritten(behind_relu)), Framework.TORCH)
    assert found.misconception in {"dropout-misplaced", "dropout-on-embedding", "dropout-hard-coded"}


def test_dropout_rests_on_a_known_model(numpy_grading):
    with pytest.raises(RestsOn, match="mend its outputs first"):
        dropout(numpy_grading(dropout_at_all_times=True), Framework.TORCH)


def test_dropout_of_a_model_with_a_named_mistake_is_judged_by_itself(numpy_grading):
    def average(blueprint):
        return next(v.blueprint for v in blueprint.variants(1) if v.key == "average-pooling")

    assert dropout(numpy_grading(average), Framework.TORCH)


def test_logits_that_scatter_alike():
    rng = np.random.default_rng(0)
    wanted = rng.normal(size=(3000, 4))
    assert alike(rng.normal(size=(3000, 4)), wanted)
    assert not alike(2 * wanted, wanted)
    assert not alike(wanted + 0.5, wanted)  # as wide, but elsewhere
    assert not alike(np.repeat(wanted[:, :1], 4, axis=1), wanted)  # as wide, but all classes together
