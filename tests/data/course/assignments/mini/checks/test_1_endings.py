"""Task 1: all the ways in which a check can end."""

import pytest
from gradescope_utils.autograder_utils.decorators import number, weight

from autograder.blueprint import Framework
from autograder.checking.plugin import attested


@number("1.1")
@weight(4)
@pytest.mark.parametrize("framework", Framework)
def test_first(end, framework, note):
    """The answer is right.

    Only the line above is the check's name.
    """
    note("Asked once.")
    end()


@number("1.2")
@weight(4)
@attested
@pytest.mark.parametrize("framework", Framework)
def test_second(end, framework):
    """The second answer is right, too."""
    end()


@number("1.10")
@weight(2)
def test_tenth(end):
    """The tenth comes last, and is asked of PyTorch alone."""
    end()
