"""Checks 2.1 to 2.4, on models that compute in NumPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autograder.blueprint import Framework
from autograder.checking import architecture
from autograder.checking.models import drawn_model
from autograder.checking.verdicts import RestsOn
from autograder.errors import SubmissionError


def variant(key):
    return lambda blueprint: next(v.blueprint for v in blueprint.variants(1) if v.key == key)


@pytest.fixture
def finding():
    def finding(judge, *arguments):
        with pytest.raises(SubmissionError) as caught:
            judge(*arguments)
        assert not isinstance(caught.value, RestsOn)
        return caught.value.finding

    return finding


@pytest.mark.parametrize("framework", Framework)
def test_a_right_model_passes(numpy_grading, framework):
    grading = numpy_grading()
    architecture.builds(grading, framework)
    count = grading.blueprint(grading.sizes).count(framework)
    said = architecture.parameters(grading, framework)  # other data than the handout's, and so other sizes
    entries = grading.sizes["vocab_size"]
    assert said == f"{count:,} parameters for this data's vocabulary of {entries} entries and its 2 classes."
    (table,) = grading.recorder.report.tables
    assert {row.mark for row in table.rows} <= {"ok", ""}
    assert architecture.logits(grading, framework).startswith("Largest difference from the grader's own float64")


def test_a_model_with_other_parameters(numpy_grading, finding):
    grading = numpy_grading(variant("no-bias"))
    found = finding(architecture.parameters, grading, Framework.TORCH)
    assert found.misconception == "no-bias"
    assert "too few" in found.message
    (table,) = grading.recorder.report.tables
    assert "bad" in {row.mark for row in table.rows}
    assert finding(architecture.logits, grading, Framework.TORCH).misconception == "no-bias"


def test_sizes_that_are_right_at_the_handouts_alone(numpy_grading, finding):
    grading = numpy_grading()
    module = grading.student.modules[Framework.KERAS]
    make = module.make
    fixed = replace(module, make=lambda **sizes: make(**{**sizes, "num_filters": 64}))
    grading.student.modules[Framework.KERAS] = fixed
    found = finding(architecture.parameters, grading, Framework.KERAS)
    assert found.misconception == "sizes-hard-coded"
    assert "64" in found.details
    assert architecture.parameters(grading, Framework.TORCH)


def test_wrong_logits_are_named(numpy_grading, finding):
    found = finding(architecture.logits, numpy_grading(variant("average-pooling")), Framework.KERAS)
    assert found.message == "Your Keras model averages over time; the handout asks for the maximum."
    assert found.misconception == "average-pooling"


def test_wrong_logits_that_nobody_knows_come_with_numbers(numpy_grading, finding, monkeypatch):
    grading = numpy_grading()
    model = drawn_model(grading, Framework.TORCH, 0)
    plain = model._logits
    monkeypatch.setattr(model, "_logits", lambda token_ids, rng: plain(token_ids, rng) + 0.125)
    found = finding(architecture.logits, grading, Framework.TORCH)
    assert float(found.found.split(";")[0]) - float(found.expected.split()[0]) == pytest.approx(0.125, abs=2e-4)
    assert found.misconception == ""


def test_logits_that_cannot_be_compared_rest_on_the_parameters(numpy_grading):
    from autograder.blueprint import Blueprint, Chain, Dense

    def more(blueprint):
        return Blueprint(Chain(blueprint.model, Dense("more", blueprint.steps[-1].output.features)))

    with pytest.raises(RestsOn, match="mend those first"):
        architecture.logits(numpy_grading(more), Framework.TORCH)


def test_random_logits(numpy_grading, finding):
    found = finding(architecture.logits, numpy_grading(dropout_at_all_times=True), Framework.TORCH)
    assert found.misconception == "dropout-in-predict"


def test_identity_is_unknown_where_the_students_code_fails(numpy_grading, monkeypatch):
    grading = numpy_grading()

    def broken(*_, **__):
        raise SubmissionError("Your code raised.")

    monkeypatch.setattr(type(grading.student.module(Framework.KERAS)), "build", broken)
    assert architecture.identity_of(grading, Framework.KERAS) is None
    assert np.isinf(architecture.Probe(None, False).difference)
