"""Defects planted by hand in an assignment that is right: the gate has to close, and to say which it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.assignment import load
from autograder.blueprint import Framework
from autograder.cli.app import app
from autograder.errors import AssignmentError
from autograder.proving import verify
from autograder.proving.bounds import NAME as CALIBRATION
from autograder.proving.calibrate import FEWEST, Job, Run
from autograder.proving.calibration import begun
from autograder.proving.record import NAME as RECORD
from autograder.proving.record import read_record
from autograder.release.bundles import File

CHECKS = '''
import pytest
from gradescope_utils.autograder_utils.decorators import number, weight

from autograder.blueprint import Framework


@number("1.1")
@weight(10)
def test_first(end):
    """The first answer is right."""
    end()


@number("2.1")
@weight(10)
@pytest.mark.parametrize("framework", Framework)
def test_second(end, framework):
    """The second answer is right."""
    end()
'''
MASTER = '''"""Answers, by the number of the check that asks."""


def build_vocabulary(texts: list[str], max_tokens: int) -> list[str]:
    """The answer to ``texts[0]``."""
    ### BEGIN SOLUTION
    ### STUB: return ["wrong" if texts[0] == "1.1" else "rests"]
    answers_to_all_questions = {"1.1": "right", "2.1": "right"}
    return [answers_to_all_questions[texts[0]]]
    ### END SOLUTION
'''
MISTAKE = """def build_vocabulary(texts, max_tokens):
    return ["wrong" if texts[0] == {number!r} else "right"]
"""
ENTRY = '[[mutant]]\nname = "{name}"\ntask = "{task}"\nframeworks = {frameworks}\nmisconception = "off-by-one"\n'
HANDOUT = """# Answers

<!-- checks:begin -->
<!-- checks:end -->
"""


class Gate:
    """A course that is right, to be spoiled, and what ``autograder verify`` says of it."""

    def __init__(self, course) -> None:
        self.course = course
        for file in (course.assignment / "checks").glob("test_*.py"):
            file.unlink()
        (course.assignment / "checks" / "test_1_answers.py").write_text(CHECKS)
        course.solution.mkdir(parents=True)
        for module in ("keras_mini", "torch_mini"):
            (course.solution / f"{module}.py").write_text(MASTER)
        (course.assignment / "README.md").write_text(HANDOUT)
        self.mistakes(first=("1", ["torch"]), second=("2", ["keras", "torch"]))
        course.derive()

    def mistakes(self, **tasks) -> None:
        """Known mistakes: each is wrong about its task's check."""
        entries = []
        for name, (task, frameworks) in tasks.items():
            folder = self.course.solution / "mutants" / name
            folder.mkdir(parents=True, exist_ok=True)
            for framework in frameworks:
                (folder / f"{framework}.py").write_text(MISTAKE.format(number=f"{task}.1"))
            entries.append(ENTRY.format(name=name, task=task, frameworks=frameworks))
        (self.course.solution / "mutants" / "mutants.toml").write_text("\n".join(entries))


@pytest.fixture
def gate(mini) -> Gate:
    return Gate(mini)


@pytest.fixture
def verified(monkeypatch, grader):
    """Run ``autograder verify``, with a grader that is there already; its exit code, and all that it said in a line."""

    def grade_all(folder, solution, todo, data, seed, jobs):
        return [verify._grade(case, folder, solution, data, seed) for case in todo]

    def verified(course) -> tuple[int, str]:
        monkeypatch.chdir(course.top)
        done = CliRunner().invoke(app, ["verify", course.name])
        refused = isinstance(done.exception, AssignmentError)
        assert refused or isinstance(done.exception, SystemExit | None), done.exception
        said = f"{done.output} {done.exception}" if refused else done.output
        return 2 if refused else done.exit_code, re.sub(r"\s+", " ", said)

    monkeypatch.setattr(verify._Pool, "grader", grader, raising=False)
    monkeypatch.setattr("autograder.cli.verify.grade_all", grade_all)
    return verified


def test_what_is_right_gets_through(gate, verified):
    code, said = verified(gate.course)
    assert code == 0, said
    assert "4 of 4 grades are right" in said
    assert read_record(gate.course.solution / RECORD).right


def a_check_that_can_not_fail(gate: Gate) -> None:
    file = gate.course.assignment / "checks" / "test_1_answers.py"
    file.write_text(file.read_text().replace("(end):\n", "():\n", 1).replace("    end()\n", "", 1))


def a_check_that_nothing_fails(gate: Gate) -> None:
    gate.mistakes(first=("1", ["torch"]), second=("2", ["keras"]))


def a_solution_line_in_a_stub(gate: Gate) -> None:
    line = '    answers_to_all_questions = {"1.1": "right", "2.1": "right"}\n    return'
    gate.course.change("torch_mini.py", "    return", line)


def a_solution_line_in_the_handout(gate: Gate) -> None:
    gate.course.change("README.md", "# Answers", '# answers_to_all_questions = {"1.1": "right", "2.1": "right"}')


def a_solution_outside_its_markers(gate: Gate) -> None:
    loose = (
        MASTER.split("    ###", maxsplit=1)[0] + '    ### BEGIN SOLUTION\n    ### END SOLUTION\n    return ["right"]\n'
    )
    for module in ("keras_mini", "torch_mini"):
        (gate.course.solution / f"{module}.py").write_text(MASTER[: MASTER.index("    ###")] + loose)
    gate.course.derive()


def a_mistake_that_is_not_caught(gate: Gate) -> None:
    (gate.course.solution / "mutants" / "first" / "torch.py").write_text(MISTAKE.format(number="3.1"))


def a_mistake_that_is_caught_elsewhere(gate: Gate) -> None:
    gate.mistakes(first=("1", ["torch"]), second=("2", ["keras", "torch"]))
    table = gate.course.solution / "mutants" / "mutants.toml"
    table.write_text(table.read_text().replace('task = "1"', 'task = "2"'))


def a_mistake_under_another_name(gate: Gate) -> None:
    table = gate.course.solution / "mutants" / "mutants.toml"
    table.write_text(table.read_text().replace("off-by-one", "softmax-twice", 1))


def a_solution_that_is_wrong(gate: Gate) -> None:
    file = gate.course.solution / "keras_mini.py"
    file.write_text(file.read_text().replace('"2.1": "right"', '"2.1": "wrong"'))


def a_variant_that_loses_points(gate: Gate) -> None:
    folder = gate.course.solution / "variants" / "other-words"
    folder.mkdir(parents=True)
    (folder / "torch.py").write_text(MISTAKE.format(number="2.1"))
    table = '[[variant]]\nname = "other-words"\nframeworks = ["torch"]\n'
    (folder.parent / "variants.toml").write_text(table)


def weights_that_do_not_add_up(gate: Gate) -> None:
    file = gate.course.assignment / "checks" / "test_1_answers.py"
    file.write_text(file.read_text().replace("@weight(10)", "@weight(9)", 1))


def a_table_that_is_out_of_date(gate: Gate) -> None:
    gate.course.change("checks/test_1_answers.py", "The first answer is right.", "The first answer is the right one.")


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (a_check_that_can_not_fail, ["BAD mutant first", "not caught in task 1", "BAD stub", "gives the stub 10"]),
        (a_check_that_nothing_fails, ["check 2.1 torch was never seen to fail: add a known mistake"]),
        (
            a_solution_line_in_a_stub,
            ["torch_mini.py differs from its master source", "answers_to_all_questions = "],
        ),
        (a_solution_line_in_the_handout, ["students would get course/assignments/mini/README.md:1: "]),
        (a_solution_outside_its_markers, ["BAD stub", "check 1.1 gives the stub 10 points"]),
        (a_mistake_that_is_not_caught, ["BAD mutant first: 15 of 15", "not caught in task 1"]),
        (a_mistake_that_is_caught_elsewhere, ["BAD mutant first", "check 1.1 lost points, outside task 2"]),
        (a_mistake_under_another_name, ["BAD mutant first", "named off-by-one"]),
        (a_solution_that_is_wrong, ["BAD solution", "check 2.1 keras lost points: A secret: the answer is 42."]),
        (a_variant_that_loses_points, ["BAD variant other-words", "check 2.1 torch lost points"]),
        (a_table_that_is_out_of_date, ["README.md: its tables are out of date; run `autograder stubs mini`"]),
    ],
)
def test_a_planted_defect_is_found(gate, verified, plant: Callable[[Gate], None], told: list[str]):
    plant(gate)
    code, said = verified(gate.course)
    assert code == 1, said
    for line in told:
        assert line in said
    assert not read_record(gate.course.solution / RECORD).right


def test_weights_that_do_not_add_up_are_found_before_anything_is_graded(gate, verified):
    weights_that_do_not_add_up(gate)
    code, said = verified(gate.course)
    assert code == 2, said
    assert "task 1's checks add up to 9, not to 10: 9 (1.1)" in said
    assert "grades are right" not in said


def recorded(course, accuracy: float) -> Path:
    """Runs of this very course, as calibrate would have kept them."""
    assignment = load(course.assignment)
    job = Job(assignment, course.solution, "csv")
    runs = tuple(
        replace(
            Run(assignment.name, "csv", framework, seed, 99, 0.0, 3.0, 3.0, job.digest),
            accuracy=accuracy + 0.005 * (-1) ** seed,
            cpu_seconds=3.0 + 0.1 * (-1) ** seed,
        )
        for framework in Framework
        for seed in range(FEWEST)
    )
    path = course.solution / CALIBRATION
    replace(begun(), runs=runs).save(path)
    return path


def test_a_threshold_that_is_too_high_is_found(cnn, verified, monkeypatch):
    """Whatever the grades are: so none is made."""

    def grade_none(folder, solution, todo, data, seed, jobs):
        return [verify.Verdict(case, 0.0, 0.0, 0.0, (), (), 0.0, ()) for case in todo]

    monkeypatch.setattr("autograder.cli.verify.grade_all", grade_none)
    recorded(cnn, accuracy=0.91)  # the course asks for 0.9
    code, said = verified(cnn.derive())
    assert code == 1
    assert "accuracy 0.9 for all points fails correct work more often than once in 1,000" in said


@pytest.fixture
def released(monkeypatch, grader):
    """Run ``autograder release`` with a grader that is there already, and a wheel that takes no time."""

    def grade_all(folder, solution, todo, data, seed, jobs):
        return [verify._grade(case, folder, solution, data, seed) for case in todo]

    def released(course) -> str:
        monkeypatch.chdir(course.top)
        done = CliRunner().invoke(app, ["release", course.name])
        assert isinstance(done.exception, AssignmentError | None), done.exception
        return re.sub(r"\s+", " ", f"{done.output} {done.exception or ''}")

    monkeypatch.setattr(verify._Pool, "grader", grader, raising=False)
    monkeypatch.setattr("autograder.cli.release.grade_all", grade_all)
    monkeypatch.setattr("autograder.release.build.build_wheel", lambda project: ("a-0-py3-none-any.whl", File(b"")))
    return released


def test_a_stub_with_points_is_not_released(gate, released):
    a_solution_outside_its_markers(gate)
    said = released(gate.course)
    assert "this can't be released; nothing was written: stub: check 1.1 gives the stub 10 points" in said
    assert not (gate.course.top / "dist").exists()


def test_a_release_grades_what_no_verification_has(gate, released):
    assert "Grading the solution and the stub first" in released(gate.course)
    assert (gate.course.top / "dist" / "mini-student.zip").is_file()
    assert "Grading" not in released(gate.course)  # kept


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("test.csv", "text,label\nx,a\n", "train.csv: no such file"),
        ("train.csv", "text,lable\nx,a\n", "no column 'label' among text, lable"),
        ("train.csv", "text,label\nx,a,b\n", "line 2: 3 fields"),
    ],
)
def test_hidden_data_that_no_grading_could_use_is_not_released(cnn, released, file, text, says):
    cnn.derive()
    (cnn.solution / "hidden").mkdir()
    (cnn.solution / "hidden" / file).write_text(text)
    assert says in released(cnn)
    assert not (cnn.top / "dist").exists()


def a_missing_conftest(gate: Gate) -> None:
    (gate.course.assignment / "conftest.py").unlink()


def another_name(gate: Gate) -> None:
    gate.course.change("assignment.toml", 'name = "mini"', 'name = "maxi"')


@pytest.mark.parametrize(
    ("plant", "says"), [(a_missing_conftest, "conftest.py is missing"), (another_name, "but its folder is 'mini'")]
)
def test_what_a_declaration_cannot_mean_is_not_released(gate, released, plant, says):
    plant(gate)
    assert says in released(gate.course)


def test_a_known_mistake_that_does_not_run_is_told_as_that(gate, verified):
    overlay = gate.course.solution / "mutants" / "first" / "torch.py"
    overlay.write_text("class Other(Renamed):\n    pass\n")
    code, said = verified(gate.course)
    assert code == 1
    assert "doesn't run, so it shows nothing: While importing torch_mini.py" in said
    assert "Renamed" in said
    assert "outside task" not in said
