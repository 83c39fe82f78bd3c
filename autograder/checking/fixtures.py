"""The fixture that all checks begin with, in a module of its own: pytest wants such ones outside of classes."""

from __future__ import annotations

import pytest

from autograder.checking.grading import Grading

GRADING = pytest.StashKey[Grading]()


@pytest.fixture(scope="session")
def grading(pytestconfig: pytest.Config) -> Grading:
    """Everything about this grading: the student's handle, the assignment, data, recorder."""
    return pytestconfig.stash[GRADING]
