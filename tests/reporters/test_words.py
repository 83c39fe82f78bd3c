"""The shared sentences."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from autograder.errors import Finding
from autograder.intake.modules import NOT_READ
from autograder.report import CheckResult, DeviceUse, Evidence, Outcome, Report, Task, Visibility
from autograder.reporters import words
from autograder.student.failures import NOT_WRITTEN


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2, "2"),
        (2.5, "2.5"),
        (1 / 3, "0.33"),
        (100, "100"),
        (0.0, "0"),
        (-0.001, "0"),
        (1e6, "1000000"),
        (math.inf, "?"),
    ],
)
def test_points(value, text):
    assert words.points(value) == text


def test_moment():
    assert words.moment("2026-01-15T12:00:31+00:00") == "2026-01-15 12:00 UTC"
    assert words.moment("yesterday") == "yesterday"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, ""), (-1, ""), (math.nan, ""), (12.54, "12.5 s"), (125.9, "2 min 5 s")]
)
def test_duration(seconds, text):
    assert words.duration(seconds) == text


def test_every_outcome_has_its_own_word():
    assert len({words.outcome_word(outcome) for outcome in Outcome}) == len(Outcome)


def test_skipped_is_told_apart_from_failed():
    skipped = CheckResult("1.1", "n", outcome=Outcome.SKIPPED, max_score=1)
    assert words.verdict(skipped) == "Skipped, not judged wrong: it rests on a failed check."
    assert words.verdict(replace(skipped, outcome=Outcome.FAILED)) == ""


def test_error_is_the_graders_fault():
    said = words.verdict(CheckResult("1.1", "n", outcome=Outcome.ERROR, max_score=1))
    assert "grader itself failed" in said
    assert "costs you no points" in said
    assert "graded again" in said


def test_evidence_is_claimed_only_where_there_is_a_verdict():
    check = CheckResult("1.1", "n", outcome=Outcome.PASSED, score=1, max_score=1)
    assert words.evidence(check) == "Evidence: verified (the grader recomputed this from data)."
    nothing = (Outcome.PENDING, Outcome.SKIPPED, Outcome.UNGRADED, Outcome.ERROR)
    assert [words.evidence(replace(check, outcome=outcome, score=0)) for outcome in nothing] == [""] * 4
    failed = replace(check, outcome=Outcome.FAILED, score=0, finding=Finding("No."))
    assert words.evidence(failed) == words.evidence(check)
    for key in (NOT_READ, NOT_WRITTEN):
        unrun = replace(failed, finding=Finding("It is missing.", misconception=key))
        assert words.evidence(unrun) == ""
        assert words.evidence_share(Report("a", checks=(unrun,))) == ""
    assert "attested" in words.evidence(replace(check, evidence=Evidence.ATTESTED))


def test_sections_keep_the_order_of_the_rubric_and_lose_no_check():
    checks = (CheckResult("9.1", "stray"), CheckResult("2.1", "b"), CheckResult("1.1", "a"))
    report = Report("a", tasks=(Task("1", "One", 5), Task("2", "Two", 5)), checks=checks)
    assert [(s.task.number, s.task.title, len(s.checks)) for s in words.sections(report)] == [
        ("1", "One", 1),
        ("2", "Two", 1),
        ("9", "", 1),
    ]


def test_section_totals_leave_out_what_cannot_be_graded(report):
    devices = words.sections(report)[3]
    assert (devices.score, devices.max_score) == (5, 5)


def test_student_view_has_neither_hidden_checks_nor_staff_notes(report):
    shown = words.student_view(report)
    assert {check.visibility for check in shown.checks} == {Visibility.VISIBLE}
    assert len(shown.checks) == len(report.checks) - 3
    assert shown.staff_notes == ()


def test_summary(report):
    assert words.summary(report) == (
        "48.58 of 95 points (11 passed, 4 failed, 2 skipped, 1 not graded here, "
        "1 stopped by an error of the grader, 1 not graded yet)."
    )


def test_warnings_say_why_the_total_is_not_final(report):
    incomplete, broken = words.warnings(report)
    assert incomplete.startswith("Not complete: 1 check not graded yet.")
    assert "failed in 1 check" in broken
    assert words.warnings(Report("a", complete=True)) == []


def test_nearly_all_is_not_all():
    attested = CheckResult("1.1", "n", outcome=Outcome.FAILED, max_score=0.1, evidence=Evidence.ATTESTED)
    report = Report("a", checks=(CheckResult("1.2", "n", outcome=Outcome.FAILED, max_score=99.9), attested))
    assert words.evidence_share(report).startswith("99 %")
    assert words.evidence_share(Report("a", checks=report.checks[:1])).startswith("All points")


# -- checks that say the same

CAUSE = CheckResult("2.1", "It builds.", "torch", Outcome.FAILED, max_score=3, finding=Finding("It can't be built."))
UNWRITTEN = Finding("Task 1.1: words is not written yet.", misconception=NOT_WRITTEN)


def skipped(number: str, case: str = "torch", note: str = "Rests on what check 2.1 found: It can't be built.", **more):
    return CheckResult(number, "n", case, Outcome.SKIPPED, max_score=2, note=note, **more)


def test_checks_that_were_skipped_for_one_reason_are_told_together():
    checks = [
        *(skipped(f"2.{n}", case) for n in (2, 3, 5, 6, 7, 9, 10) for case in ("keras", "torch")),
        skipped("2.4", "", "There is no twin."),
        skipped("2.8"),
    ]
    order = sorted(checks, key=lambda c: int(c.number[2:]))
    report = Report("a", checks=(CAUSE, *order))
    together, alone = words.folds(report, order)
    assert (together.numbers, together.case) == ("2.2, 2.3, 2.5 to 2.10", "both")
    assert together.says == ("Rests on what check 2.1 found.",)  # what it found stands with 2.1
    assert len(together.checks) == 15
    assert (alone.numbers, alone.case, alone.says) == ("2.4", "", ("There is no twin.",))


def test_what_staff_alone_sees_is_told_apart():
    checks = [skipped("2.2"), skipped("2.3", visibility=Visibility.HIDDEN)]
    found = words.folds(Report("a", checks=(CAUSE, *checks)), checks)
    assert [fold.numbers for fold in found] == ["2.2", "2.3"]


def test_what_is_not_written_is_told_once_for_both_frameworks():
    checks = [CheckResult("1.1", "n", c, Outcome.FAILED, max_score=2, finding=UNWRITTEN) for c in ("keras", "torch")]
    assert all(map(words.can_fold, checks))
    (fold,) = words.folds(Report("a", checks=tuple(checks)), checks)
    assert (fold.numbers, fold.case, fold.says) == ("1.1", "both", (UNWRITTEN.message,))
    assert len(words.folds(Report("a"), [checks[0], skipped("1.1", note="")])) == 2


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.SKIPPED])
def test_everything_else_speaks_for_itself(outcome):
    assert not words.can_fold(CheckResult("1.1", "n", outcome=outcome, finding=Finding("Wrong.")))


def test_tasks_whose_checks_come_later():
    tasks = (Task("1", "Words", 4), Task("2", "Devices", 2, graded=False))
    said = ["Task 2, Devices, is not graded yet: no points to win, none to lose."]
    assert words.not_graded_yet(Report("a", tasks=tasks, checks=(skipped("1.1"),))) == said
    assert words.not_graded_yet(Report("a", tasks=tasks)) == []  # the checks of another task were asked for


def test_what_device_checks_ran_on_is_one_sentence(report):
    assert words.devices(report) == (
        "Device checks ran on: Keras: a second processor in a GPU's place; "
        "PyTorch: a simulated GPU (PyTorch 2.13.0 finds no GPU on this machine)."
    )
    card, none = DeviceUse("torch", "cuda", "NVIDIA H100"), DeviceUse("torch", "simulated", "a simulated GPU")
    assert words.devices(replace(report, devices=(card, none))) == (
        "Device checks ran on: PyTorch: NVIDIA H100 and a simulated GPU."
    )


def test_where_no_device_check_ran_nothing_is_said(report):
    assert words.devices(replace(report, devices=())) == ""
