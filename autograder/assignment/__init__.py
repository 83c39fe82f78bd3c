"""Assignments: what ``assignment.toml`` declares, checked.

Shown by example in ``assignments/text-cnn/assignment.toml``.
"""

from autograder.assignment.assignment import Assignment
from autograder.assignment.find import find, find_all, infer
from autograder.assignment.load import load
from autograder.assignment.models import Bounds, Data, Late, Limits, Thresholds, Training
from autograder.assignment.weights import checks_must_add_up

__all__ = [
    "Assignment",
    "Bounds",
    "Data",
    "Late",
    "Limits",
    "Thresholds",
    "Training",
    "checks_must_add_up",
    "find",
    "find_all",
    "infer",
    "load",
]
