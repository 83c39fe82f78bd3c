"""The record of a verification, and when it is out of date."""

from __future__ import annotations

import json

import pytest

from autograder.errors import AssignmentError
from autograder.grading.fingerprints import sources
from autograder.proving.cases import Case, Kind
from autograder.proving.record import doubt, fingerprint, read_record, write_record
from autograder.proving.verify import Verdict

GOOD = Verdict(Case(Kind.SOLUTION, "solution", {}), 10.0, 10.0, 0.9, (), (), 1.0, ())
BAD = Verdict(Case(Kind.MUTANT, "no-relu", {}, task="2"), 10.0, 10.0, 0.9, (), (), 1.0, ("not caught in task 2",))


@pytest.fixture
def course(tmp_path):
    """The folders of two assignments and of what their solutions share."""
    for name in ("assignments/one", "assignments/two", "solutions/one", "solutions/two", "solutions/shared"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file.py").write_text(name)
    return tmp_path


def recorded(course, *verdicts: Verdict, problems: tuple[str, ...] = ()):
    folders = sources(course / "assignments/one", course / "solutions/one")
    path = course / "solutions/one/verification.json"
    write_record(path, "one", fingerprint(folders), verdicts, problems, data="", seed=1)
    return path, folders


def test_what_is_as_it_was_verified_is_not_doubted(course):
    path, folders = recorded(course, GOOD)
    assert doubt(path, folders) == ""
    assert read_record(path).cases == 1
    assert json.loads(path.read_text())["seed"] == 1


@pytest.mark.parametrize("file", ["assignments/one/file.py", "solutions/one/file.py", "solutions/shared/file.py"])
def test_a_changed_file_is_a_doubt(course, file):
    path, folders = recorded(course, GOOD)
    (course / file).write_text("changed")
    assert doubt(path, folders).startswith("files have changed since it was verified (20")


def test_a_file_that_moved_or_came_is_a_doubt(course):
    path, folders = recorded(course, GOOD)
    (course / "solutions/one/file.py").rename(course / "solutions/one/other.py")
    assert doubt(path, folders)


def test_another_assignment_is_no_matter(course):
    path, folders = recorded(course, GOOD)
    for file in ("assignments/two/file.py", "solutions/two/file.py"):
        (course / file).write_text("changed")
    (course / "solutions/one/__pycache__").mkdir()
    (course / "solutions/one/__pycache__/file.pyc").write_text("compiled")
    assert doubt(path, folders) == ""


@pytest.mark.parametrize(("verdicts", "problems"), [((GOOD, BAD), ()), ((GOOD,), ("a stub is out of date",))])
def test_what_was_found_wrong_is_a_doubt(course, verdicts, problems):
    path, folders = recorded(course, *verdicts, problems=problems)
    assert "found something wrong" in doubt(path, folders)


def test_what_was_never_verified_is_a_doubt(course):
    assert doubt(course / "verification.json", []) == "it was never verified as a whole"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema": "autograder-verification/1"}'])
def test_a_file_that_is_no_record_is_refused(course, text):
    path = course / "verification.json"
    path.write_text(text)
    with pytest.raises(AssignmentError, match="is no file that `autograder verify` wrote"):
        read_record(path)


def test_a_record_of_another_schema_is_refused(course):
    path = course / "verification.json"
    path.write_text('{"schema": "autograder-verification/9"}')
    with pytest.raises(AssignmentError, match="another schema"):
        read_record(path)
