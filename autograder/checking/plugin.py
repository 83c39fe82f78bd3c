"""The pytest plugin: collects the checks, turns each outcome into a result, and gives checks their fixtures."""

from __future__ import annotations

import inspect
import math
import traceback
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.blueprint import Framework
from autograder.checking import fixtures
from autograder.checking.collect import Check, by_framework, collect, select
from autograder.checking.grading import Grading
from autograder.checking.needs import refusal
from autograder.checking.verdicts import NotGradable, Partial, RestsOn
from autograder.errors import AssignmentError, Finding, InternalError, SubmissionError
from autograder.report import CheckResult, Evidence, LeaderboardEntry, Outcome

PACKAGE = Path(__file__).parents[1]


class GradingPlugin:
    """Registered with pytest for one grading of one submission."""

    def __init__(
        self,
        grading: Grading,
        only: Sequence[str] = (),
        frameworks: Sequence[Framework] = tuple(Framework),
        *,
        whole: bool = True,
    ) -> None:
        self._grading = grading
        self._only = tuple(only)
        self._whole = whole
        self._frameworks = {None, *frameworks}
        self._checks: dict[str, Check] = {}
        self._notes: list[str] = []
        self._leaderboard: list[float] = []
        self._score: float | None = None
        self._blamed: dict[tuple[str, Finding], str] = {}
        self.problem: AssignmentError | None = None
        self.crash = ""  # what pytest says of an error of its own, or of ours
        self.broken: InternalError | None = None  # what ended the run, such as results that can't be written

    def pytest_configure(self, config: pytest.Config) -> None:
        # Nobody reads pytest's own report of a failure, and with lines of source it takes a tenth of a second.
        config.option.tbstyle = "native"
        config.stash[fixtures.GRADING] = self._grading
        config.pluginmanager.register(fixtures)

    # -- collection

    @pytest.hookimpl(tryfirst=True)  # before -k leaves checks out: the rubric has to add up whatever is run
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.problem is not None:  # a file that can't be loaded: the others alone say nothing
            items.clear()
            return
        try:
            checks = select(collect(items, self._grading.assignment, whole=self._whole), self._only)
            checks = [check for check in checks if check.framework in self._frameworks]
        except AssignmentError as error:
            self.problem = error
            items.clear()
            return
        self._checks = {check.item.nodeid: check for check in checks}
        items[:] = [check.item for check in (by_framework(checks) if self._grading.frugal else checks)]
        self._grading.recorder.begin(tuple(check.pending for check in checks))

    def pytest_exception_interact(self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]) -> None:
        error = call.excinfo.value if call.excinfo else None
        if isinstance(node, pytest.Collector) and isinstance(error, AssignmentError) and self.problem is None:
            own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(node.path)]
            self.problem = AssignmentError(f"{node.path}{f':{own[-1].lineno}' if own else ''}: {error}")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and self.problem is None:
            self.problem = AssignmentError(f"the checks can't be loaded:\n{report.longreprtext}")

    def pytest_internalerror(self, excrepr: object, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        self.crash = str(excrepr)
        if self.broken is None and isinstance(excinfo.value, InternalError):
            self.broken = excinfo.value
        return True  # told once, by whoever started the grading

    # -- one check

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        self._notes, self._leaderboard, self._score = [], [], None
        check = self._checks[item.nodeid]
        for left_over in ("__score__", "__leaderboard_value__"):  # by another case of the same function
            vars(getattr(item, "function", self)).pop(left_over, None)
        self._grading.recorder.started(check.pending)
        ended = yield
        if self._grading.frugal and nextitem is not None:
            self._make_room(check, self._checks[nextitem.nodeid])
        return ended

    def _make_room(self, done: Check, coming: Check) -> None:
        """End what the coming check has no use for: another framework's processes, further ones of an earlier task."""
        if done.framework is None:
            return
        module = self._grading.student.module(done.framework)
        if coming.framework is not done.framework:
            module.end()
        elif coming.pending.task != done.pending.task:
            module.end_others()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        failed, durations = call.excinfo is not None, self._durations(item, call)
        if call.when == "call" or failed:
            check = self._checks[item.nodeid]
            result = self._judge(check, call.excinfo.value if call.excinfo else None)
            self._grading.recorder.finished(replace(result, seconds=round(sum(durations), 3)))
        return report

    def _durations(self, item: pytest.Item, call: pytest.CallInfo[None]) -> list[float]:
        durations = item.stash.setdefault(DURATIONS, [])
        durations.append(call.duration)
        return durations

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        item.stash[DURATIONS] = []
        check = self._checks[item.nodeid]
        if not self._grading.devices.have(
            check.pending.needs, check.framework
        ):  # before any fixture asks the submission
            raise NotGradable(refusal(check.pending.needs))
        return (yield)

    # -- verdicts

    def _judge(self, check: Check, error: BaseException | None) -> CheckResult:
        try:
            result = self._verdict(check, error)
            self._enter_leaderboard(check)
        except Exception as own:  # noqa: BLE001 - such as a score that is no number: this check's end, not the run's
            result = self._own_mistake(check.pending, own)
        if check.hidden_message and result.outcome in (Outcome.FAILED, Outcome.SKIPPED):
            finding = Finding(check.hidden_message) if result.finding else None
            return replace(result, finding=finding, note=" ".join(self._notes))
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
        if isinstance(error, pytest.fail.Exception) or (isinstance(error, AssertionError) and not _is_ours(error)):
            return self._failed(pending, SubmissionError(str(error).splitlines()[0] if str(error) else pending.name))
        return self._own_mistake(pending, error)

    def _passed(self, check: Check) -> CheckResult:
        pending, points = check.pending, self._points(check)
        if points is None and _sets_its_score(check.item):
            raise AssignmentError("the check ended without a call of set_score, which it asks for")
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
            note = f"Rests on what check {first} found: {finding.message}"
            return replace(pending, outcome=Outcome.SKIPPED, note=note)
        credit = error.credit if isinstance(error, Partial) else 0.0
        return replace(pending, outcome=Outcome.FAILED, score=round(credit * pending.max_score, 4), finding=finding)

    def _own_mistake(self, pending: CheckResult, error: BaseException) -> CheckResult:
        what = " ".join(filter(None, ["Check", pending.number, pending.case]))
        self._grading.recorder.staff_note(f"{what}: an error of the grader\n{_told(error)[-4000:]}")
        return replace(pending, outcome=Outcome.ERROR)

    def _enter_leaderboard(self, check: Check) -> None:
        function = getattr(check.item, "function", None)
        column = getattr(function, "__leaderboard_column__", None)
        value = vars(function).pop("__leaderboard_value__", None) if function is not None else None
        if column is not None and isinstance(value, (int, float)) and math.isfinite(value):
            ascending = getattr(function, "__leaderboard_sort_order__", "desc") == "asc"
            self._grading.recorder.leaderboard(LeaderboardEntry(column, float(value), ascending))

    # -- fixtures

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


def _sets_its_score(item: pytest.Item) -> bool:
    function = getattr(item, "function", None)
    return function is not None and "set_score" in inspect.signature(function).parameters


def _is_ours(error: AssertionError) -> bool:
    """Whether an assertion of this package failed, not one that a check makes about the student's work."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and Path(frames[-1].filename).is_relative_to(PACKAGE)


def _told(error: BaseException) -> str:
    """The traceback from the check's own frame on; of what we raise on purpose, the words alone."""
    if isinstance(error, InternalError):
        return str(error)
    frames = error.__traceback__
    while frames is not None and frames.tb_next is not None and _is_pytests(frames.tb_frame.f_globals):
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames))


def _is_pytests(names: dict[str, Any]) -> bool:
    return str(names.get("__name__")).partition(".")[0] in {"_pytest", "pluggy"}


def attested(function: Any) -> Any:
    """Mark a check as resting on what the worker reports; without it, a check is verified."""
    function.__evidence__ = Evidence.ATTESTED
    return function
