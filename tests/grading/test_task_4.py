"""Task 4 by confined workers: what needs processes with a device and others without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.assignment import load
from autograder.grading.session import Grader, Order
from autograder.proving.cases import cases
from autograder.proving.verify import judge
from autograder.report import Report

ROOT = Path(__file__).parents[2]
CNN = load(ROOT / "assignments" / "text-cnn")
CASES = {case.name: case for case in cases(CNN, ROOT / "solutions" / "text-cnn")}


@pytest.fixture(scope="module")
def grade(tmp_path_factory):
    with Grader() as grader:

        def grade(name: str) -> Report:
            folder = tmp_path_factory.mktemp(name)
            for file, text in CASES[name].files.items():
                (folder / file).write_text(text, encoding="utf-8")
            frameworks = CASES[name].frameworks
            return grader.grade(Order(CNN, folder, None, 1, hidden=False, only=("4",), frameworks=frameworks))

        yield grade


def test_the_solution_has_all_points_and_the_report_says_where(grade):
    report = grade("solution")
    assert (report.score, report.max_score) == (10, 10)
    (fit,) = (check.note for check in report.checks if (check.number, check.case) == ("4.3", "torch"))
    assert "trains to what it trains to on the CPU, bit for bit." in fit
    assert {device.case: device.kind for device in report.devices} == {"keras": "simulated", "torch": "simulated"}


@pytest.mark.parametrize("name", ["no-map-location", "device-numpy", "cpu-in-fit", "gpu-hidden"])
def test_a_mistake_is_named(grade, name):
    assert judge(CASES[name], grade(name)).problems == ()


def test_what_is_left_out_of_a_grading_opens_no_device():
    with Grader() as grader:
        report = grader.grade(Order(CNN, ROOT / "assignments" / "text-cnn", None, 1, hidden=False, only=("1",)))
    assert report.devices == ()
