"""The shared sentences."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from autograder.report import CheckResult, Evidence, Outcome, Report, Task, Visibility
from autograder.reporters import words


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
    assert words.evidence(replace(check, outcome=Outcome.PENDING, score=0)).startswith(
        "Evidence, once graded: verified"
    )
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
    attested = CheckResult("1.1", "n", max_score=0.1, evidence=Evidence.ATTESTED)
    report = Report("a", checks=(CheckResult("1.2", "n", max_score=99.9), attested))
    assert words.evidence_share(report).startswith("99 %")
    assert words.evidence_share(Report("a", checks=report.checks[:1])).startswith("All points")
