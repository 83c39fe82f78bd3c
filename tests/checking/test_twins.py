"""Check 2.4, on models that compute in NumPy."""

from __future__ import annotations

import pytest

from autograder.blueprint import Framework
from autograder.checking import twins
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


def test_twins_agree(numpy_grading):
    assert twins.parity(numpy_grading()).startswith("Largest difference between the twins: ")


def test_twins_that_differ_say_which_is_wrong(numpy_grading, finding):
    grading, wrong = numpy_grading(), numpy_grading(variant("no-relu"))
    grading.student.modules[Framework.TORCH] = wrong.student.modules[Framework.TORCH]
    found = finding(twins.parity, grading)
    assert "is in PyTorch: see what the check of its outputs says" in found.advice


def test_twins_with_the_same_mistake_are_twins(numpy_grading):
    assert twins.parity(numpy_grading(variant("average-pooling")))


def test_twins_rest_on_models_that_are_known(numpy_grading):
    grading, wrong = numpy_grading(), numpy_grading(dropout_at_all_times=True)
    grading.student.modules[Framework.KERAS] = wrong.student.modules[Framework.KERAS]
    with pytest.raises(RestsOn, match="The Keras model can't be compared"):
        twins.parity(grading)
