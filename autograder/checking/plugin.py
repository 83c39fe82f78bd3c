"""The pytest plugin: collects the checks, turns each outcome into a result, and gives checks their fixtures."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from autograder.blueprint import Framework
from autograder.checking.collect import Check, collect, select
from autograder.checking.grading import Grading
from autograder.checking.verdicts import NotGradable, Partial, RestsOn
from autograder.errors import AssignmentError, Finding, SubmissionError
from autograder.report import CheckResult, Evidence, LeaderboardEntry, Outcome

STOPPED = "Grading was stopped here."


class GradingPlugin:
    """Registered with pytest for one grading of one submission."""

    def __init__(
        self, grading: Grading, only: Sequence[str] = (), frameworks: Sequence[Framework] = tuple(Framework)
    ) -> None:
        self._grading = grading
        self._only = tuple(only)
        self._cases = {"", *frameworks}
        self._checks: dict[str, Check] = {}
        self._notes: list[str] = []
        self._leaderboard: list[float] = []
        self._score: float | None = None
        self._blamed: dict[tuple[str, Finding], str] = {}
        self.problem: AssignmentError | None = None

    # -- collection

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        try:
            checks = select(collect(items, self._grading.assignment), self._only)
            checks = [check for check in checks if check.pending.case in self._cases]
        except AssignmentError as error:
            self.problem = error
            items.clear()
            return
        self._checks = {check.item.nodeid: check for check in checks}
        items[:] = [check.item for check in checks]
        self._grading.recorder.begin(tuple(check.pending for check in checks))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problem = AssignmentError(f"the checks can't be loaded:\n{report.longreprtext}")

    # -- one check

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._notes, self._leaderboard, self._score = [], [], None
        check = self._checks[item.nodeid]
        self._grading.recorder.started(check.pending)
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        failed = call.excinfo is not None
        if call.when == "call" or failed:
            check = self._checks[item.nodeid]
            result = self._judge(check, call.excinfo.value if call.excinfo else None)
            seconds = round(sum(self._durations(item, call)), 3)
            self._grading.recorder.finished(replace(result, seconds=seconds))
        return report

    def _durations(self, item: pytest.Item, call: pytest.CallInfo[None]) -> list[float]:
        durations = item.stash.setdefault(DURATIONS, [])
        durations.append(call.duration)
        return durations

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        item.stash[DURATIONS] = []
        return (yield)

    # -- verdicts

    def _judge(self, check: Check, error: BaseException | None) -> CheckResult:
        result = self._verdict(check, error)
        finding = result.finding
        if finding is not None and check.hidden_message:
            result = replace(result, finding=Finding(check.hidden_message))
        self._enter_leaderboard(check)
        return replace(result, note=" ".join([*self._notes, result.note]).strip())

    def _verdict(self, check: Check, error: BaseException | None) -> CheckResult:
        pending = check.pending
        if error is None:
            return self._passed(check)
        if isinstance(error, (NotGradable, pytest.skip.Exception)):
            return replace(pending, outcome=Outcome.UNGRADED, note=str(error))
        if isinstance(error, RestsOn):
            return replace(pending, outcome=Outcome.SKIPPED, note=error.finding.message, finding=None)
        if isinstance(error, SubmissionError):
            return self._failed(pending, error)
        if isinstance(error, AssertionError):
            return self._failed(pending, SubmissionError(str(error).splitlines()[0] if str(error) else pending.name))
        return self._own_mistake(pending, error)

    def _passed(self, check: Check) -> CheckResult:
        pending, points = check.pending, self._points(check)
        if points is None or points >= pending.max_score:
            return replace(pending, outcome=Outcome.PASSED, score=pending.max_score)
        return replace(pending, outcome=Outcome.FAILED, score=max(points, 0.0))

    def _points(self, check: Check) -> float | None:
        """What gradescope-utils' ``set_score`` was given: by our fixture, or on its wrapper (and taken off there)."""
        wrapper = getattr(check.item, "function", None)
        own = vars(wrapper).pop("__score__", None) if wrapper is not None else None
        return self._score if own is None else float(own)

    def _failed(self, pending: CheckResult, error: SubmissionError) -> CheckResult:
        finding = error.finding
        first = self._blamed.setdefault((pending.case, finding), pending.number)
        if first != pending.number:
            note = f"It rests on what check {first} found: {finding.message}"
            return replace(pending, outcome=Outcome.SKIPPED, note=note)
        credit = error.credit if isinstance(error, Partial) else 0.0
        return replace(pending, outcome=Outcome.FAILED, score=round(credit * pending.max_score, 4), finding=finding)

    def _own_mistake(self, pending: CheckResult, error: BaseException) -> CheckResult:
        told = "".join(traceback.format_exception(error))[-4000:]
        self._grading.recorder.staff_note(f"Check {pending.number} {pending.case}: an error of the grader\n{told}")
        return replace(pending, outcome=Outcome.ERROR, note="The grader itself failed here; the staff have been told.")

    def _enter_leaderboard(self, check: Check) -> None:
        function = getattr(check.item, "function", None)
        column = getattr(function, "__leaderboard_column__", None)
        value = vars(function).pop("__leaderboard_value__", None) if function is not None else None
        if column is not None and isinstance(value, (int, float)):
            ascending = getattr(function, "__leaderboard_sort_order__", "desc") == "asc"
            self._grading.recorder.leaderboard(LeaderboardEntry(column, float(value), ascending))

    # -- fixtures

    @pytest.fixture(scope="session")
    def grading(self) -> Grading:
        """Everything about this grading: the student's handle, the assignment, data, recorder."""
        return self._grading

    @pytest.fixture
    def note(self) -> Callable[[str], None]:
        """Adds a sentence that the result shows whatever the outcome, such as the measured figure."""
        return self._notes.append

    @pytest.fixture
    def set_score(self) -> Callable[[float], None]:
        """As in gradescope-utils: sets the points of this check."""

        def set_score(points: float) -> None:
            self._score = float(points)

        return set_score

    @pytest.fixture
    def set_leaderboard_value(self) -> None:
        """Only so that pytest finds the name: gradescope-utils' decorator passes its own."""


DURATIONS = pytest.StashKey[list[float]]()


def attested(function: Any) -> Any:
    """Mark a check as resting on what the worker reports; without it, a check is verified."""
    function.__evidence__ = Evidence.ATTESTED
    return function
