"""Plain `pytest` in this folder runs the checks, too."""

import pytest

from autograder.grading.laptop import grade_beside


def pytest_configure(config: pytest.Config) -> None:
    grade_beside(__file__, config)
