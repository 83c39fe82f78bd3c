"""Check 2.4, on models that compute in NumPy: the twins and the oracle, side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autograder.blueprint import (
    LSTM,
    Blueprint,
    Chain,
    Dense,
    Embedding,
    Flatten,
    Framework,
    GlobalAveragePool1D,
    LayerNorm,
    LogSoftmax,
    PerFramework,
    Signal,
    Softmax,
)
from autograder.checking import twins
from autograder.checking.models import drawn_model
from autograder.checking.verdicts import RestsOn
from autograder.errors import SubmissionError

KERAS, TORCH = Framework


def variant(key):
    return lambda blueprint: next(v.blueprint for v in blueprint.variants(1) if v.key == key)


def same(blueprint):
    return blueprint


@pytest.fixture
def twins_of(numpy_grading):
    """A grading of a Keras model and a PyTorch model, each of the handout's blueprint or of what is made of it."""

    def twins_of(keras=same, torch=same, make=None):
        grading = numpy_grading()
        if make is not None:
            grading._make = lambda *, vocab_size, num_classes, **_: make(vocab_size, num_classes)
        for framework, wrong in {KERAS: keras, TORCH: torch}.items():
            module = grading.student.modules[framework]
            # A plain model of a framework has that framework's own epsilon and end.
            wrong_of = lambda blueprint, f=framework, w=wrong: w(blueprint.of(f))  # noqa: E731
            grading.student.modules[framework] = replace(module, make=grading._make, wrong=wrong_of)
        return grading

    return twins_of


def failure(grading, kind=SubmissionError):
    with pytest.raises(kind) as caught:
        twins.parity(grading)
    assert type(caught.value) is kind
    return caught.value.finding


def lstm(vocab_size, num_classes):
    layers = Embedding("embedding", vocab_size, 7), LSTM("lstm", 5), Dense("output", num_classes)
    return Blueprint(Chain(*layers))


def test_twins_that_agree(twins_of):
    grading = twins_of()
    said = twins.parity(grading)
    assert said.startswith("Largest difference between the twins: ")
    assert said.endswith(f"Each has {grading.blueprint(grading.sizes).count(KERAS):,} parameters.")
    parity = grading.recorder.report.parity
    assert parity.summary == "Your two models are the same model, and it is the handout's."
    assert [(gap.one, gap.other) for gap in parity.gaps] == [
        ("keras", "oracle"),
        ("torch", "oracle"),
        ("keras", "torch"),
    ]
    assert all(gap.agrees and gap.difference < 1e-5 and not gap.why for gap in parity.gaps)
    assert {layer.mark for layer in parity.layers} == {"ok"}
    assert parity.outputs == "logits"
    assert parity.remarks == ()


def test_counts_that_differ_by_nature_are_explained(twins_of):
    grading = twins_of(make=lstm)
    said = twins.parity(grading)
    row = next(layer for layer in grading.recorder.report.parity.layers if layer.layer == "lstm")
    assert (row.torch - row.keras, row.mark) == (4 * 5, "ok")
    assert row.why == (
        "Keras has one bias vector of 20 (4 gates of 5); "
        "PyTorch has two bias vectors of 20 (4 gates of 5), of which only the sum counts."
    )
    assert said.endswith(f"lstm: {row.why}")


def test_the_wrong_one_is_named_with_how_far_it_is_off(twins_of):
    grading = twins_of(torch=variant("no-relu"))
    found = failure(grading)
    assert found.advice.startswith("The PyTorch model is the one that differs from the handout")
    keras, torch, between = grading.recorder.report.parity.gaps
    assert keras.agrees
    assert not torch.agrees
    assert torch.difference == pytest.approx(between.difference, abs=1e-5)
    assert f"{torch.difference:.2g} in PyTorch" in found.found
    summary = grading.recorder.report.parity.summary
    assert summary.startswith("Your Keras model is the handout's. Your PyTorch model ")


def test_twins_with_the_same_mistake_are_twins(twins_of):
    wrong = variant("average-pooling")
    grading = twins_of(wrong, wrong)
    assert twins.parity(grading)
    *oracle, between = grading.recorder.report.parity.gaps
    assert between.agrees
    assert not any(gap.agrees for gap in oracle)
    assert grading.recorder.report.parity.summary.endswith("They agree with each other.")


@pytest.mark.parametrize(("make", "key"), [(None, "no-bias"), (lstm, "bidirectional"), (lstm, "no-recurrent-bias")])
def test_twins_with_the_same_other_parameters_are_twins(twins_of, make, key):
    grading = twins_of(variant(key), variant(key), make=make)
    assert twins.parity(grading)
    parity = grading.recorder.report.parity
    assert [gap.agrees for gap in parity.gaps] == [False, False, True]
    assert "bad" in {layer.mark for layer in parity.layers}


def test_a_model_that_lacks_weights_is_compared_without_them(twins_of):
    grading = twins_of(torch=variant("no-bias"))
    failure(grading)
    gap = grading.recorder.report.parity.gaps[1]
    assert gap.difference > 1e-3
    assert gap.why.startswith("Without conv")
    assert gap.why.endswith(".bias, which the PyTorch model lacks.")


def test_a_model_with_more_weights_is_not_compared(twins_of):
    grading = twins_of(torch=variant("bidirectional"), make=lstm)
    found = failure(grading)
    assert found.message == "Your two models can't be given the same weights, so they are not the same model."
    assert "both directions" in found.found
    parity = grading.recorder.report.parity
    assert [gap.difference is None for gap in parity.gaps] == [False, True, True]
    extra = parity.layers[-1]
    assert (extra.keras, extra.wanted_torch, extra.mark) == (0, 0, "bad")
    assert extra.why == "The handout has no such layer; it is in your PyTorch model."


def test_twins_rest_on_models_that_are_known(numpy_grading):
    grading, wrong = numpy_grading(), numpy_grading(dropout_at_all_times=True)
    grading.student.modules[KERAS] = wrong.student.modules[KERAS]
    found = failure(grading, RestsOn)
    assert found.message.startswith("What the Keras model computes isn't known")
    assert "not known in Keras" in found.message
    parity = grading.recorder.report.parity
    assert parity.gaps[0].why == "The Keras model gives other outputs each time that it is called."
    assert parity.gaps[1].agrees


def test_a_model_of_another_kind_is_compared_all_the_same(twins_of, monkeypatch):
    grading = twins_of()
    model = drawn_model(grading, TORCH, 0)
    plain = model._logits
    monkeypatch.setattr(model, "_logits", lambda token_ids, rng: plain(token_ids, rng) + 0.125)
    failure(grading, RestsOn)
    parity = grading.recorder.report.parity
    assert parity.gaps[1].difference == pytest.approx(0.125, abs=1e-4)
    assert "none of the mistakes that we know" in parity.summary


def test_a_model_that_does_not_build(twins_of, monkeypatch):
    grading = twins_of()
    plain = type(grading.student.module(KERAS)).build

    def build(module, *arguments, **more):
        if module.framework is KERAS:
            raise SubmissionError("build_model raised NameError.")
        return plain(module, *arguments, **more)

    monkeypatch.setattr(type(grading.student.module(KERAS)), "build", build)
    failure(grading, RestsOn)
    parity = grading.recorder.report.parity
    assert parity.gaps[0].why == "The Keras model stopped: build_model raised NameError."
    assert parity.totals.keras is None
    assert parity.totals.torch == parity.totals.wanted_torch
    assert {layer.mark for layer in parity.layers} == {""}


def test_ends_that_differ_are_compared_as_probabilities(twins_of):
    def make(vocab_size, num_classes):
        body = Chain(Flatten(), Dense("output", num_classes))
        return Blueprint(body, Signal((4, 3, 2)), PerFramework(Softmax(), LogSoftmax()))

    grading = twins_of(make=make)
    twins.parity(grading)
    parity = grading.recorder.report.parity
    assert parity.outputs == "probabilities"
    assert all(gap.agrees for gap in parity.gaps)
    assert "softmax and its PyTorch model in " in parity.remarks[0]
    assert "Keras has the flattened image in the order height, width, channels" in parity.layers[0].why


def test_an_epsilon_of_each_frameworks_own_is_no_mistake(twins_of):
    def make(vocab_size, num_classes):
        layers = Embedding("embedding", vocab_size, 7), LayerNorm("norm"), GlobalAveragePool1D()
        return Blueprint(Chain(*layers, Dense("output", num_classes)))

    grading = twins_of(make=make)
    twins.parity(grading)
    parity = grading.recorder.report.parity
    assert parity.layers[1].why == "Keras has an epsilon of 0.001; PyTorch has an epsilon of 1e-05."
    assert "differ a little by themselves" in parity.remarks[0]
    keras, torch = (drawn_model(grading, f, 0) for f in Framework)
    inputs = grading.inputs(grading.rng("twins"), keras.sizes)
    outputs = [model.forward(inputs, training=False) for model in (keras, torch)]
    assert np.abs(outputs[0] - outputs[1]).max() > 1e-4  # which a plain comparison would have taken for a mistake


def test_a_wrong_model_with_its_weights_in_another_form_lacks_nothing(twins_of):
    def one_bias_and_a_relu(blueprint):
        held = next(a for a in blueprint.alternatives() if a.count(TORCH) == blueprint.count(TORCH) - 20)
        return variant("relu-behind-state")(held)

    grading = twins_of(torch=one_bias_and_a_relu, make=lstm)
    failure(grading)
    keras, torch, between = grading.recorder.report.parity.gaps
    assert keras.agrees
    assert torch.difference == pytest.approx(between.difference, abs=1e-5)
    assert torch.why == ""
