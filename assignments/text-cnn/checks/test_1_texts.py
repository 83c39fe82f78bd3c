"""Task 1: from text to ids."""

import pytest
from gradescope_utils.autograder_utils.decorators import number, weight

from autograder.blueprint import Framework
from autograder.checking import texts


@number("1.1")
@weight(5)
@pytest.mark.parametrize("framework", Framework)
def test_vocabulary(grading, framework):
    """build_vocabulary lists the most frequent words, ties in alphabetical order."""
    texts.vocabulary(grading, framework)


@number("1.2")
@weight(5)
@pytest.mark.parametrize("framework", Framework)
def test_encoding(grading, framework):
    """encode turns texts into ids, padded and cut on the right."""
    texts.encoding(grading, framework)
