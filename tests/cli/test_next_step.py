"""The last line of ``autograder check``: where to go on."""

from __future__ import annotations

import pytest

from autograder.cli.next_step import following, next_step
from autograder.errors import Finding
from autograder.report import CheckResult, Outcome, Report
from autograder.student.failures import NOT_WRITTEN

MODULES = {"keras": "keras_mini", "torch": "torch_mini"}


@pytest.mark.parametrize(
    ("note", "first", "call"),
    [
        ("fit changes no weight: mend check 3.2 first.", "Next: 3.2 in PyTorch, which 3.6", "check --only 3.2"),
        ("It took 2.31 times as long, so nothing can be told: mend 2.3.", "Next: 2.3 in PyTorch", "check --only 2.3"),
        ("A text gets NaN, and 2.3 names a mistake: mend that first.", "Next: 2.3 in PyTorch", "check --only 2.3"),
        ("Its outputs differ by 0.83: mend them first.", "Next: what 3.6 in PyTorch rests on. Its", "autograder check"),
        ("", "Next: what 3.6 in PyTorch rests on. It was skipped", "autograder check"),
    ],
)
def test_where_only_skipped_checks_are_left_the_one_they_rest_on_comes_next(note, first, call):
    passed = CheckResult("3.5", "n", "torch", Outcome.PASSED, 2, 2)
    skipped = CheckResult("3.6", "n", "torch", Outcome.SKIPPED, 0, 2, note=note)
    said = next_step(Report("mini", checks=(passed, skipped)), MODULES, only=("3",))
    assert said.startswith(first)
    assert said.endswith(call)


def test_what_failed_comes_before_what_was_skipped():
    checks = [
        CheckResult("1.1", "n", "keras", Outcome.SKIPPED, 0, 2),
        CheckResult("1.2", "n", "", Outcome.FAILED, 0, 2),
    ]
    assert next_step(Report("mini", checks=tuple(checks)), MODULES).startswith("Next: 1.2 in both")


def test_a_mistake_comes_before_what_is_not_written_yet():
    unwritten = Finding("Task 1.2 is not written yet.", misconception=NOT_WRITTEN)
    checks = (
        CheckResult("1.1", "n", "keras", Outcome.PASSED, 2, 2),
        CheckResult("1.2", "n", "keras", Outcome.FAILED, 0, 2, finding=unwritten),
        CheckResult("1.1", "n", "torch", Outcome.FAILED, 0, 2, finding=Finding("torch_mini.py can't be read.")),
    )
    assert next_step(Report("mini", checks=checks), MODULES).startswith("Next: 1.1 in PyTorch")
    nothing = Report("mini", checks=checks[1:2])
    assert next_step(nothing, MODULES).startswith("Nothing is written yet")
    assert next_step(nothing, MODULES, only=("3",)).startswith("Nothing of this is written yet")


def test_what_runs_alone_already_is_not_proposed_again():
    failed = CheckResult("1.2", "n", "torch", Outcome.FAILED, 0, 2)
    said = next_step(Report("mini", checks=(failed,)), MODULES, only=("1.2",))
    assert said == "Next: 1.2 in PyTorch. What the handout says of it:\n  autograder check --hint 1.2"


def test_a_watcher_is_proposed_the_next_check_that_has_not_passed(mini):
    passed = Report("mini", checks=(CheckResult("1.2", "n", "", Outcome.PASSED, 2, 2),))
    said = following(mini.order(mini.assignment, only=("1.2",), hidden=False), [passed])
    assert said.startswith("Right. Next: 1.10 ")
    assert said.endswith("autograder check --only 1.10 --watch")
