"""What a grading rests on: whose data, whose solution, and what is kept from the student's code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autograder.assignment import load
from autograder.errors import AssignmentError
from autograder.grading.reference import find_solution, reference_files
from autograder.grading.session import _dataset, _doubts, _secrets
from autograder.report import Report, SandboxLayer


@pytest.fixture
def order(cnn):
    """An order on generated texts, of which every seed makes others."""
    made = cnn.order(cnn.assignment, seed=7)
    return replace(made, assignment=load(cnn.assignment, data="builtin"))


def texts(order) -> tuple[str, ...]:
    return _dataset(order).test.texts


def test_hidden_data_is_the_seeds_and_public_data_everybodys(order):
    hidden, public = texts(order), texts(replace(order, hidden=False))
    assert hidden != public
    assert texts(order) == hidden
    assert texts(replace(order, seed=8)) != hidden
    assert texts(replace(order, seed=8, hidden=False)) == public


def test_a_course_may_fix_its_hidden_data(order):
    fixed = replace(order, data_seed=99)
    assert texts(fixed) == texts(replace(fixed, seed=8)) != texts(order)
    assert texts(replace(fixed, hidden=False)) == texts(replace(order, hidden=False))


def test_an_assignment_without_data_says_so(mini):
    with pytest.raises(AssignmentError, match=r"no \[data\] table"):
        _dataset(mini.order(mini.submit()))


def test_the_solution_and_hidden_files_are_secret(cnn):
    order = cnn.order(cnn.assignment)
    assert _secrets(order) == [cnn.solution.parent.resolve(), (cnn.assignment / "data").resolve()]
    assert _secrets(replace(order, hidden=False)) == [cnn.solution.parent.resolve()]
    assert _secrets(replace(order, solution=None, hidden=False)) == []


def test_the_staff_are_told_when_secrets_are_not_safe():
    safe, open_to_all = (SandboxLayer("hidden data unreadable", on) for on in (True, False))
    assert list(_doubts(Report("mini", sandbox=(safe, SandboxLayer("other user", on=False))))) == []
    (doubt,) = _doubts(Report("mini", sandbox=(open_to_all,)))
    assert "don't rely on this grade" in doubt


def test_the_solution_lies_beside_the_assignments(cnn, mini):
    assert find_solution(load(cnn.assignment)) == cnn.solution
    assert find_solution(load(mini.assignment)) is None  # as on a student's machine


def test_the_reference_is_the_masters_modules_alone(cnn, tmp_path):
    folder = reference_files(load(cnn.assignment), cnn.solution, tmp_path / "reference")
    assert {file.name for file in folder.iterdir()} == {"keras_text_cnn.py", "torch_text_cnn.py"}
    (cnn.solution / "keras_text_cnn.py").unlink()
    with pytest.raises(AssignmentError, match=r"keras_text_cnn\.py: the source can't be read"):
        reference_files(load(cnn.assignment), cnn.solution, tmp_path / "again")
