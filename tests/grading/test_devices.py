"""Checks that need a device, and what a report says of devices: on a machine whose card is made up."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from autograder.blueprint import Framework
from autograder.checking.needs import needs, offered_by
from autograder.errors import AssignmentError, InternalError
from autograder.grading.session import Grader
from autograder.report import DeviceUse, Outcome, Report
from autograder.sandbox import accelerators
from autograder.student.values import DeviceInUse
from autograder.student.zygotes import Zygote

PLAIN = Path(__file__).parents[1] / "student" / "plain_zygote.py"  # a worker that says it has a card

CHECKS = """
import pytest
from gradescope_utils.autograder_utils.decorators import number, weight

from autograder.blueprint import Framework
from autograder.checking.needs import needs
from autograder.errors import SubmissionError


@number("3.1")
@weight(1)
@needs({tags})
@pytest.mark.parametrize("framework", Framework)
def test_on_the_card(grading, framework, note):
    "It runs on the card."
    module = grading.student.module(framework).another(device=grading.device_wanted)
    note(f"On {{module.device.label}}.")
    if module.build_vocabulary(["3.1"], 1) != ["right"]:
        raise SubmissionError("It doesn't run there.")


@number("3.2")
@weight(1)
def test_anywhere(grading, note):
    "It runs anywhere."
    note(f"On {{grading.student.module(Framework.TORCH).another(device=grading.device_wanted).device.label}}.")
"""


@pytest.fixture
def plain(monkeypatch):
    """A grader whose workers have no framework."""
    monkeypatch.setattr(Zygote, "_command", lambda _: [sys.executable, "-I", str(PLAIN)])
    with Grader() as grader:
        yield grader


@pytest.fixture
def grade(mini, plain, monkeypatch):
    def grade(tags='"cuda"', *, gpu=True, answers=(), **order) -> Report:
        monkeypatch.setattr(accelerators, "may_have_gpu", lambda: gpu)
        mini.check(CHECKS.format(tags=tags))
        return plain.grade(mini.order(mini.submit(dict(answers), dict(answers)), only=("3",), **order))

    return grade


def endings(report: Report) -> list[tuple[str, Outcome, str]]:
    return [(check.case, check.outcome, check.note) for check in report.checks]


NOT_HERE = "It needs CUDA."
WITHOUT = [("keras", Outcome.UNGRADED, NOT_HERE), ("torch", Outcome.UNGRADED, NOT_HERE)]


@pytest.mark.parametrize("wanted", ["real", "simulated"])
def test_a_check_whose_device_is_not_there_costs_nothing(grade, wanted):
    report = grade(gpu=False, device=wanted)
    assert endings(report) == [*WITHOUT, ("", Outcome.PASSED, "On a simulated GPU.")]
    assert (report.score, report.max_score, report.needs_regrading) == (1, 1, False)
    assert [check.needs for check in report.checks] == [("cuda",), ("cuda",), ()]
    assert report.devices == (DeviceUse("torch", "simulated", "a simulated GPU"),)
    assert Report.from_json(report.to_json()) == report


def test_a_wrong_submission_loses_nothing_by_a_check_whose_device_is_not_there(grade):
    assert endings(grade(gpu=False, answers={"3.1": "wrong"}, device="real"))[:2] == WITHOUT


def test_where_it_is_there_the_check_runs_on_it(grade):
    report = grade(device="real")
    assert endings(report) == [
        ("keras", Outcome.PASSED, "On a card."), ("torch", Outcome.PASSED, "On a card."),
        ("", Outcome.PASSED, "On a card."),
    ]  # fmt: skip
    assert report.score == report.max_score == 2
    assert report.devices == (DeviceUse("keras", "cuda", "a card"), DeviceUse("torch", "cuda", "a card"))


def test_there_a_wrong_submission_loses_points(grade):
    report = grade(answers={"3.1": "wrong"}, device="real")
    assert [check.outcome for check in report.checks] == [Outcome.FAILED, Outcome.FAILED, Outcome.PASSED]


def test_who_wants_the_simulated_device_gets_it_where_there_is_a_card_too(grade):
    report = grade()  # the default: the same verdicts everywhere
    assert endings(report) == [*WITHOUT, ("", Outcome.PASSED, "On a simulated GPU.")]


def test_several_needs_are_all_needed(grade):
    report = grade('"cuda", "mps"', device="real")
    assert report.checks[0].note == "It needs CUDA and Apple's MPS."


def test_every_machine_has_a_cpu(grade):
    report = grade('"cpu"', gpu=False)
    assert endings(report)[0] == ("keras", Outcome.PASSED, "On a simulated GPU.")


def test_a_worker_is_asked_once_for_all_gradings(plain, monkeypatch):
    monkeypatch.setattr(accelerators, "may_have_gpu", lambda: True)
    found = plain.offer(Framework.TORCH)
    assert found == DeviceInUse("cuda", "cuda", "a card")
    assert plain.offer(Framework.TORCH) is found


def test_a_worker_that_cannot_say_is_the_graders_mistake(grade, plain, monkeypatch):
    def broken(_):
        raise InternalError("no worker came")

    monkeypatch.setattr(plain, "offer", broken)
    report = grade(device="real")
    assert [check.outcome for check in report.checks] == [Outcome.ERROR, Outcome.ERROR, Outcome.PASSED]
    assert report.needs_regrading


@pytest.mark.parametrize(
    ("kind", "tags"),
    [
        ("cuda", {"cpu", "gpu", "cuda"}), ("mps", {"cpu", "gpu", "mps"}), ("gpu", {"cpu", "gpu"}),
        ("simulated", {"cpu"}), ("shapes", {"cpu"}), ("", {"cpu"}),
    ],
)  # fmt: skip
def test_what_a_device_offers(kind, tags):
    assert offered_by(DeviceInUse(kind, "", "")) == tags


def test_the_mark_leaves_the_check_as_it_is():
    def check():
        pass

    assert needs("cuda", "cuda", "gpu")(check) is check
    assert check.__needs__ == ("cuda", "gpu")


@pytest.mark.parametrize(
    ("tags", "words"),
    [((), "'cpu', 'cuda', 'mps', 'gpu', and none is named"), (("cuda", "CUDA"), "not 'CUDA'"), ((3,), "not 3")],
)
def test_needs_that_nobody_knows(tags, words):
    with pytest.raises(AssignmentError, match=words):
        needs(*tags)


def test_such_a_mistake_is_told_before_anything_is_graded(grade):
    with pytest.raises(AssignmentError, match=r"test_3_more\.py:\d+: needs\(\.\.\.\) takes"):
        grade('"gpus"')
