"""Every known mistake in PyTorch is named by the checks of its own task, and every correct variant passes all checks.

The assignment's own checks run here, on models in this process; ``autograder verify`` does the same with both
frameworks, confined workers and the handout's data, and takes an hour for it.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from autograder.assignment import load
from autograder.blueprint import Framework
from autograder.checking.grading import Grading
from autograder.checking.plugin import GradingPlugin
from autograder.checking.recorder import Recorder
from autograder.grading.session import Order, _run_pytest, collect_only, dataset_of
from autograder.proving.cases import Case, Kind, cases
from autograder.proving.verify import judge
from autograder.report import Outcome, Report

ROOT = Path(__file__).parents[2]
WARM_UP = "warmup-convnet"
NAMES = ("text-cnn", "text-lstm", WARM_UP)
ALL = [(name, case) for name in NAMES for case in cases(load(ROOT / "assignments" / name), ROOT / "solutions" / name)]
NEEDS_KERAS = {"text-cnn": "2.4", "text-lstm": "2.4", WARM_UP: "1.4"}  # the check that compares the twins
# Here every process has the simulated GPU, and there is no reference to compare run times with: see tests/grading.
NEED_WORKERS = ("no-map-location", "text-by-text")
DEVICES = "4"  # the task whose checks run the same code somewhere else
LOGITS = {"text-cnn": "2.3", "text-lstm": "2.3", WARM_UP: "1.3"}


def torch_cases(*kinds: Kind) -> list[object]:
    return [
        pytest.param(name, case, id=f"{name}-{case.name}")
        for name, case in ALL
        if case.kind in kinds and Framework.TORCH in case.frameworks and case.name not in NEED_WORKERS
    ]


@pytest.fixture
def grade(text_course, torch_student, tmp_path, monkeypatch):
    """Run these checks on a case's PyTorch module."""
    monkeypatch.chdir(tmp_path)  # one of the mistakes is to save in the working directory

    def grade(name: str, case: Case, *tasks: str) -> Report:
        quick = ROOT / "assignments" / name if name == WARM_UP else text_course(name).assignment  # nothing is trained
        assignment = load(quick)
        order = Order(assignment, tmp_path, None, seed=1, hidden=False, frameworks=(Framework.TORCH,))
        collect_only(order, recorder := Recorder(Report(name)))
        numbers = {check.number for check in recorder.report.checks if not tasks or check.task in tasks}
        student = torch_student(case.files[f"{assignment.modules['torch']}.py"])
        grading = Grading(assignment, student, recorder, seed=1, dataset=partial(dataset_of, order))
        _run_pytest(order, GradingPlugin(grading, tuple(numbers - {NEEDS_KERAS[name]}), order.frameworks))
        return recorder.report

    return grade


@pytest.mark.parametrize(("name", "case"), torch_cases(Kind.MUTANT))
def test_a_mistake_is_named_in_its_own_task_and_costs_nothing_on_a_device(grade, name, case):
    verdict = judge(case, grade(name, case, case.task, DEVICES))
    assert verdict.problems == ()
    assert verdict.score < verdict.max_score


@pytest.mark.parametrize(("name", "case"), torch_cases(Kind.SOLUTION, Kind.VARIANT))
def test_what_is_right_gets_all_points_however_it_is_written(grade, name, case):
    report = grade(name, case)
    assert judge(case, report).problems == ()
    ungraded = {check.number for check in report.checks if check.outcome is Outcome.UNGRADED}
    assert ungraded == (set() if name == WARM_UP else {"3.6"})  # the time, which needs the reference
    (logits,) = (check.note for check in report.checks if check.number == LOGITS[name] and check.score)
    said = re.search(r"float64 forward pass: (\S+),", logits)
    assert said is not None
    assert float(said[1]) < 1e-4  # from the form that it is written in


@pytest.mark.parametrize(("name", "case"), torch_cases(Kind.STUB))
def test_a_stub_gets_no_points_and_is_told_what_to_write(grade, name, case):
    verdict = judge(case, grade(name, case))
    assert verdict.problems == ()
    assert verdict.score == 0
    assert verdict.named == ("not-written-yet",)
