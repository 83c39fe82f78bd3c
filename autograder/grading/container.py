"""Gradescope's container: its folders, and a ``results.json`` that is valid whatever happens."""

from __future__ import annotations

import contextlib
import secrets
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.assignment import Assignment, load
from autograder.assignment.assignment import FILE
from autograder.checking.recorder import Listener
from autograder.errors import AssignmentError
from autograder.grading.hand_in import Terms
from autograder.grading.metadata import read_metadata
from autograder.grading.reference import data_seed, find_solution
from autograder.grading.session import Grader, Order
from autograder.report import CheckResult, Report
from autograder.reporters import gradescope
from autograder.reporters.write import write_atomically, write_results

BROKEN = (
    "The grader could not grade this submission. That is not your doing and costs you nothing: the staff have to grade "
    "it again. What your code does was not judged."
)
STOPPED = (
    "The grading was stopped before its end: it took too long, or the grader broke. What was graded until then counts; "
    "the staff can grade it again."
)
RESERVE = 30.0  # seconds, to write results and to end all processes before Gradescope ends the container


@dataclass(frozen=True)
class Layout:
    """Where things are, below ``/autograder``."""

    root: Path

    @property
    def source(self) -> Path:
        """What the instructor's zip held: ``assignments/NAME/``, and ``solutions/`` beside it."""
        return self.root / "source"

    @property
    def submission(self) -> Path:
        return self.root / "submission"

    @property
    def metadata(self) -> Path:
        return self.root / "submission_metadata.json"

    @property
    def results(self) -> Path:
        return self.root / "results"

    def assignment(self) -> Assignment:
        """The one assignment that the image grades.

        Raises:
            AssignmentError: There is none, or more than one, or its declaration is at fault.
        """
        found = sorted(self.source.glob(f"assignments/*/{FILE}"))
        if len(found) != 1:
            names = ", ".join(file.parent.name for file in found) or "none"
            raise AssignmentError(f"{self.source}/assignments has to hold one assignment; found: {names}")
        return load(found[0].parent)


class Results:
    """A listener that writes what counts so far after every single check."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.terms: Terms | None = None
        self.latest: Report | None = None

    def started(self, check: CheckResult) -> None:
        """Nothing to write yet."""

    def changed(self, report: Report, latest: CheckResult | None) -> None:
        if report.checks and (latest is not None or not report.seconds):
            self.write(report)

    def write(self, report: Report) -> Report:
        """Write a report, settled by the hand-in's terms, and return it so."""
        if self.terms is not None:
            notes = dict.fromkeys((*report.staff_notes, *self.terms.staff_notes))
            report = replace(report, hand_in=self.terms.settle(report.score), staff_notes=tuple(notes))
        self.latest = report
        write_results(report, self._folder)
        return report

    def refuse(self, why: str) -> None:
        """Say that nothing was graded, by the assignment's rules; what counted before counts still."""
        self._say(why, needs_regrading=False)

    def break_off(self) -> None:
        """Say that the grader failed; checks that were graded until then stay, and what was complete stays as it is."""
        if self.latest is None:
            self._say(BROKEN, needs_regrading=True)
        if self.latest is None or self.latest.complete:
            return
        done = self.latest.hand_in
        told = replace(done, remarks=(STOPPED, *done.remarks)) if done else None
        write_results(replace(self.latest, hand_in=told), self._folder)

    def _say(self, what: str, *, needs_regrading: bool) -> None:
        points = self.terms.earlier_points if self.terms else 0.0
        self._folder.mkdir(parents=True, exist_ok=True)
        text = gradescope.without_tests(points, what, needs_regrading=needs_regrading)
        write_atomically(self._folder / "results.json", text)


def grade_submission(
    grader: Grader,
    layout: Layout,
    results: Results,
    listeners: Sequence[Listener] = (),
    *,
    unprotected: bool = False,
) -> Report | None:
    """Grade what lies in the container with hidden data, and write ``results.json`` after every check.

    Returns:
        The report; None for a hand-in that the assignment's rules refuse.

    Raises:
        AssignmentError: The assignment is at fault, what should lie there doesn't, or the submission's code could read
            what is hidden (unless ``unprotected``).
        InternalError: The grader is at fault.
        KeyboardInterrupt: It was stopped, by a signal or because Gradescope's time-out came near.
    """
    assignment = layout.assignment()
    results.terms = terms = Terms(assignment, read_metadata(layout.metadata))
    if terms.refusal:
        results.refuse(terms.refusal)
        return None
    if not layout.submission.is_dir():
        raise AssignmentError(f"there is no submission at {layout.submission}")
    solution, seed = find_solution(assignment), secrets.randbelow(2**31)
    grader.warm_up(frugal=True)
    order = Order(assignment, layout.submission, solution, seed, hidden=True, data_seed=data_seed(solution),
                  frugal=True, unprotected=unprotected)  # fmt: skip
    with _stopped_in_time(60 * assignment.limits.run_minutes - RESERVE):
        report = grader.grade(order, [*listeners, results])
    return results.write(report)


@contextlib.contextmanager
def _stopped_in_time(seconds: float) -> Iterator[None]:
    """Interrupt what runs in this context after so many seconds: a run that Gradescope has to end shows nothing."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
