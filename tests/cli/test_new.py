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
    stub = course / "assignments/text-lstm/keras_text_lstm.py"
    stub.write_text("# somebody's work\n" + stub.read_text())
    (stub.parent / "text-lstm-submission.zip").touch()
    done = autograder("new", "my-model", "--from", "text-lstm", cwd=course)
    assert done.code == 0
    assert f"Made: {course}/assignments/my-model/ what students get" in done.out
    assert "keras_my_model.py, torch_my_model.py" in done.out
    assert "autograder verify my-model --case solution --case stub" in done.out
    assert autograder("stubs", "my-model", "--check", cwd=course).code == 0
    assert not list((course / "assignments/my-model").glob("*.zip"))


def test_the_whole_solution_is_written_as_a_submission(autograder, course, tmp_path):
    whole = tmp_path / "whole"
    assert autograder("stubs", "text-cnn", "--solution", whole, cwd=course).code == 0
    assert {path.name for path in whole.iterdir()} == {"keras_text_cnn.py", "torch_text_cnn.py"}
    assert "def build_vocabulary" in (whole / "torch_text_cnn.py").read_text()  # a shared part
    for taken in ("solutions/text-cnn", "assignments/text-cnn"):
        done = autograder("stubs", "text-cnn", "--solution", course / taken, cwd=course)
        assert (done.code, "name a new folder" in done.err) == (2, True)


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
