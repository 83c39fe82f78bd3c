"""The checks of text-lstm: those of every text classifier (autograder/rubrics/text_classifier.py), and one more."""

from collections.abc import Callable

import pytest
from gradescope_utils.autograder_utils.decorators import number, weight

from autograder.blueprint import Framework
from autograder.checking import empty
from autograder.checking.grading import Grading
from autograder.rubrics.text_classifier import *  # noqa: F403 - pytest collects what stands in this module


@number("2.10")
@weight(3)
@pytest.mark.parametrize("framework", Framework)
def test_no_words(grading: Grading, framework: Framework, note: Callable[[str], None]) -> None:
    """A text without words gets the output layer's bias."""
    note(empty.without_words(grading, framework))
