"""Holds the Report while it grows, and tells whoever listens about each step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from autograder.report import CheckResult, Curve, LeaderboardEntry, Report, Table


class Listener(Protocol):
    """Someone who wants to know: a live display, a file that must be valid after every check."""

    def started(self, check: CheckResult) -> None:
        """A check begins."""

    def changed(self, report: Report, latest: CheckResult | None) -> None:
        """The report has grown; ``latest`` is the check that has just ended, if one has."""


class Recorder:
    """The one place where a running grading keeps its Report."""

    def __init__(self, report: Report, listeners: tuple[Listener, ...] = ()) -> None:
        self.report = report
        self._listeners = listeners

    def begin(self, pending: tuple[CheckResult, ...]) -> None:
        """Announce the checks that will run."""
        self.amend(checks=pending)

    def started(self, check: CheckResult) -> None:
        for listener in self._listeners:
            listener.started(check)

    def finished(self, check: CheckResult) -> None:
        self.report = self.report.with_check(check)
        self._tell(check)

    def amend(self, **changes: Any) -> None:
        """Replace fields of the report."""
        self.report = replace(self.report, **changes)
        self._tell(None)

    def curve(self, curve: Curve) -> None:
        self.report = replace(self.report, curves=(*self.report.curves, curve))

    def table(self, table: Table) -> None:
        self.report = replace(self.report, tables=(*self.report.tables, table))

    def leaderboard(self, entry: LeaderboardEntry) -> None:
        self.report = replace(self.report, leaderboard=(*self.report.leaderboard, entry))

    def staff_note(self, note: str) -> None:
        if note not in self.report.staff_notes:
            self.report = replace(self.report, staff_notes=(*self.report.staff_notes, note))

    def _tell(self, latest: CheckResult | None) -> None:
        for listener in self._listeners:
            listener.changed(self.report, latest)
