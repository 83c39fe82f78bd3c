"""What a grading rests on: whose data, whose solution, and what is kept from the student's code."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from autograder.assignment import load
from autograder.errors import AssignmentError
from autograder.grading.reference import find_solution, reference_files
from autograder.grading.session import _doubts, _secrets, data_files, dataset_of
from autograder.report import Report, SandboxLayer


@pytest.fixture
def order(cnn):
    """An order on generated texts, of which every seed makes others."""
    made = cnn.order(cnn.assignment, seed=7)
    return replace(made, assignment=load(cnn.assignment, data="builtin"))


def texts(order) -> tuple[str, ...]:
    return dataset_of(order).test.texts


def test_hidden_data_is_the_seeds_and_public_data_everybodys(order):
    hidden, public = texts(order), texts(replace(order, hidden=False))
    assert hidden != public
    assert texts(order) == hidden
    assert texts(replace(order, seed=8)) != hidden
    assert texts(replace(order, seed=8, hidden=False)) == public


def test_no_seed_gives_the_public_data_as_hidden_data(order):
    public_seed = order.assignment.data.public_seed
    assert texts(replace(order, seed=public_seed)) != texts(replace(order, hidden=False))


def test_a_course_may_fix_its_hidden_data(order):
    fixed = replace(order, data_seed=99)
    assert texts(fixed) == texts(replace(fixed, seed=8)) != texts(order)
    assert texts(replace(fixed, hidden=False)) == texts(replace(order, hidden=False))


def test_an_assignment_without_data_says_so(mini):
    with pytest.raises(AssignmentError, match=r"no \[data\] table"):
        dataset_of(mini.order(mini.submit()))


def test_the_solution_and_hidden_files_are_secret(cnn):
    order = cnn.order(cnn.assignment)
    assert _secrets(order) == [cnn.solution.parent.resolve(), (cnn.assignment / "data").resolve()]
    assert _secrets(replace(order, hidden=False)) == [cnn.solution.parent.resolve()]
    assert _secrets(replace(order, solution=None, hidden=False)) == []


@pytest.fixture
def hidden_files(cnn):
    """The hidden data of a course in files: other texts to test on than students have."""
    hidden = cnn.solution / "hidden"
    shutil.copytree(cnn.assignment / "data", hidden)
    test = hidden / "test.csv"
    test.write_text(test.read_text().replace("very ", "another "))
    return hidden


def test_hidden_data_may_lie_in_files_beside_the_solution(cnn, hidden_files):
    order = cnn.order(cnn.assignment)
    assert data_files(order) == hidden_files
    assert data_files(replace(order, hidden=False)) == cnn.assignment / "data"
    assert any("another" in text for text in texts(order))
    assert not any("another" in text for text in texts(replace(order, hidden=False)))


def test_other_data_that_is_asked_for_is_taken_as_it_is(cnn, hidden_files):
    other = cnn.top / "other"
    shutil.copytree(cnn.assignment / "data", other)
    order = replace(cnn.order(cnn.assignment), assignment=load(cnn.assignment, data=f"csv={other}"))
    assert data_files(order) == other
    assert data_files(replace(order, assignment=load(cnn.assignment, data="builtin"))) is None


def test_one_file_of_hidden_data_has_the_name_of_the_public_one(cnn, hidden_files):
    cnn.change("assignment.toml", 'path = "data"', 'path = "data/train.csv"')
    assert data_files(cnn.order(cnn.assignment)) == hidden_files / "train.csv"


def test_the_staff_are_told_when_secrets_are_not_safe(cnn):
    safe, open_to_all = (SandboxLayer("hidden data unreadable", on) for on in (True, False))
    order = cnn.order(cnn.assignment, hidden=True)
    assert list(_doubts(Report("mini", sandbox=(safe, SandboxLayer("other user", on=False))), order)) == []
    (doubt,) = _doubts(Report("mini", sandbox=(open_to_all,)), order)
    assert doubt.startswith("The submission's code could read hidden files")
    (doubt,) = _doubts(Report("mini", sandbox=(open_to_all,)), replace(order, unprotected=True))
    assert doubt.startswith("Graded with --unprotected: the submission's code could read hidden files")
    assert list(_doubts(Report("mini", sandbox=(open_to_all,)), replace(order, hidden=False))) == []


def test_the_solution_lies_beside_the_assignments(cnn, mini):
    assert find_solution(load(cnn.assignment)) == cnn.solution
    assert find_solution(load(mini.assignment)) is None  # as on a student's machine


def test_the_reference_is_the_masters_modules_alone(cnn, tmp_path):
    folder = reference_files(load(cnn.assignment), cnn.solution, tmp_path / "reference")
    assert {file.name for file in folder.iterdir()} == {"keras_text_cnn.py", "torch_text_cnn.py"}
    (cnn.solution / "keras_text_cnn.py").unlink()
    with pytest.raises(AssignmentError, match=r"keras_text_cnn\.py: the source can't be read"):
        reference_files(load(cnn.assignment), cnn.solution, tmp_path / "again")
