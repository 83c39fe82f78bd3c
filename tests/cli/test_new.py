"""``autograder new``, as an instructor calls it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def course(tmp_path):
    for folder in ("assignments", "solutions"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_a_new_assignment_is_made_and_said_where_and_what_next(autograder, course):
    done = autograder("new", "my-model", "--from", "text-lstm", cwd=course)
    assert done.code == 0
    assert f"Made: {course}/assignments/my-model/ what students get" in done.out
    assert "keras_my_model.py, torch_my_model.py" in done.out
    assert "autograder verify my-model --case solution --case stub" in done.out
    assert autograder("stubs", "my-model", "--check", cwd=course).code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("my-model", "--from", "text-gru"), "no assignment 'text-gru'"),
        (("text-cnn", "--from", "text-lstm"), "is there already: choose another name"),
        (("My Model", "--from", "text-lstm"), "can't be an assignment's name"),
    ],
)
def test_a_call_that_is_at_fault_ends_with_2_and_a_reason(autograder, course, arguments, said):
    done = autograder("new", *arguments, cwd=course)
    assert done.code == 2
    assert said in done.err
