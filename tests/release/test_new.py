"""A new assignment is a copy that grades as the old one does, under names of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder.assignment import load
from autograder.errors import AssignmentError
from autograder.grading.session import Grader, Order
from autograder.proving.cases import Kind, cases
from autograder.proving.verify import judge
from autograder.release.new import new_assignment, renamed
from autograder.release.stubs import drift

ROOT = Path(__file__).parents[2]
NAMES = ("text-cnn", "text-lstm", "warmup-convnet")


@pytest.fixture
def course(tmp_path):
    """A copy of the whole course."""
    for folder in ("assignments", "solutions"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def made(course: Path, source: str, name: str = "my-model", title: str = "") -> tuple[Path, Path]:
    return new_assignment(load(course / "assignments" / source), course / "solutions" / source, name, title)


@pytest.mark.parametrize("source", NAMES)
def test_it_is_whole_and_nothing_in_it_has_the_old_name(course, source):
    folder, solution = made(course, source)
    assignment = load(folder)
    assert (assignment.name, folder.name, solution.name) == ("my-model", "my-model", "my-model")
    assert set(assignment.modules.values()) == {"keras_my_model", "torch_my_model"}
    assert drift(solution, assignment.modules.values(), folder) == []
    old = load(course / "assignments" / source)
    kinds = [case.kind for case in cases(assignment, solution)]
    assert kinds == [case.kind for case in cases(old, course / "solutions" / source)]
    for path in (*folder.rglob("*"), *solution.rglob("*")):
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        for gone in renamed(old, "my-model"):
            assert gone not in path.name
            assert gone not in text, path


def test_the_old_one_stays_as_it_is(course):
    before = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    made(course, "text-cnn")
    assert all(path.read_bytes() == content for path, content in before.items())
    assert not list(course.rglob(".new-*"))


def test_it_grades_as_the_old_one_does(course, tmp_path):
    folder, solution = made(course, "warmup-convnet")
    case = next(case for case in cases(load(folder), solution) if case.kind is Kind.SOLUTION)
    place = tmp_path / "submission"
    place.mkdir()
    for name, text in case.files.items():
        (place / name).write_text(text, encoding="utf-8")
    with Grader() as grader:
        report = grader.grade(Order(load(folder), place, solution, 1, hidden=True))
    assert judge(case, report).problems == ()
    assert report.score == report.max_score == 100


def test_it_has_its_own_title(course):
    folder, _ = made(course, "text-cnn", title="Topics of news")
    assert load(folder).title == "Topics of news"
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# Topics of news\n")


def test_secrets_and_records_of_the_old_one_are_not_taken_over(course):
    for name in ("hidden.toml", "verification.json"):
        (course / "solutions" / "text-cnn" / name).write_text("seed = 5")
    (course / "solutions" / "text-cnn" / "hidden").mkdir()
    _, solution = made(course, "text-cnn")
    assert not {"hidden.toml", "hidden", "verification.json"} & {path.name for path in solution.iterdir()}


@pytest.mark.parametrize("source", ["text-cnn", "text-lstm", "warmup-convnet"])
def test_what_the_old_solution_took_of_the_limits_is_not_taken_over(course, source):
    assert load(course / "assignments" / source).limits.used.memory_mb is not None
    folder, _ = made(course, source)
    assert set(load(folder).limits.used.model_dump().values()) == {None}
    assert "own solution takes" not in (folder / "assignment.toml").read_text()


def test_a_name_within_a_word_is_left_alone(course):
    blueprint = course / "assignments" / "text-cnn" / "blueprint.py"
    blueprint.write_text(blueprint.read_text() + "# context-cnns and text-cnn\n")
    folder, _ = made(course, "text-cnn")
    assert (folder / "blueprint.py").read_text().endswith("# context-cnns and my-model\n")


@pytest.mark.parametrize("name", ["", "My-Model", "my_model", "2nd", "a--b", "-a", "a-", "../a", "a/b", "class", "ä"])
def test_what_can_not_be_a_name_is_refused(course, name):
    with pytest.raises(AssignmentError):
        made(course, "text-cnn", name)


@pytest.mark.parametrize("taken", ["assignments/my-model", "solutions/my-model"])
def test_a_name_that_is_taken_is_refused_and_nothing_is_made(course, taken):
    (course / taken).mkdir()
    before = sorted(course.rglob("*"))
    with pytest.raises(AssignmentError, match="is there already"):
        made(course, "text-cnn")
    assert sorted(course.rglob("*")) == before


@pytest.mark.parametrize("title", ['say "no"', "two\nlines", "back\\slash"])
def test_a_title_that_would_break_the_declaration_is_refused(course, title):
    with pytest.raises(AssignmentError, match="one line"):
        made(course, "text-cnn", title=title)
    assert not (course / "assignments" / "my-model").exists()
