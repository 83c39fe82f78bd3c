"""Outputs that have a row for each position of the texts are told by name."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.errors import SubmissionError
from autograder.student import values


def test_a_row_for_each_position():
    with pytest.raises(SubmissionError, match="a row for each position") as caught:
        values.by_text(np.zeros((7, 3), np.float32), np.ones((12, 7), int), 3)
    assert caught.value.finding.misconception == "runs-over-batch"


@pytest.mark.parametrize(
    ("shape", "inputs"),
    [((12, 3), (12, 7)), ((7, 3), (7, 7)), ((7, 4), (12, 7)), ((11, 3), (12, 7)), ((5, 3), (5, 4, 4, 3))],
)
def test_other_outputs_are_not_its_business(shape, inputs):
    values.by_text(np.zeros(shape, np.float32), np.ones(inputs, int), 3)
    values.by_text(None, np.ones(inputs, int), 3)


@pytest.mark.parametrize(("shape", "advised"), [((1, 4, 2), True), ((2, 4), False), ((2, 4, 2), False)])
def test_an_axis_too_many_may_be_that_of_the_layers(shape, advised):
    with pytest.raises(SubmissionError) as caught:
        values._shaped(np.zeros(shape), (4, 2), "what the model returned")
    assert ("h[-1]" in caught.value.finding.advice) == advised
