"""One grading: opens the submission, starts its workers, lets pytest run the checks, and fills the Report."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from autograder.assignment import Assignment, load
from autograder.blueprint import Framework
from autograder.checking.grading import Grading
from autograder.checking.needs import Devices
from autograder.checking.plugin import GradingPlugin
from autograder.checking.recorder import Listener, Recorder
from autograder.datasets import Dataset
from autograder.datasets.load import load_dataset
from autograder.errors import AssignmentError, InternalError, SubmissionError
from autograder.grading.basis import basis_of, identify
from autograder.grading.fingerprints import content_hash, installed
from autograder.grading.reference import reference_files
from autograder.intake import open_submission
from autograder.intake.baggage import baggage
from autograder.intake.modules import NOT_READ
from autograder.release.packages import must_be_installed
from autograder.release.secrets import DATA as HIDDEN_FILES
from autograder.report import Outcome, Report, SandboxLayer
from autograder.sandbox.accelerators import REAL, SIMULATED
from autograder.sandbox.places import Place, sweep
from autograder.sandbox.probe import HIDDEN_DATA
from autograder.sandbox.surroundings import must_have_room, must_suffice
from autograder.student.handle import Student, Submission
from autograder.student.offers import offer, walls
from autograder.student.values import DeviceInUse
from autograder.student.zygotes import Zygote

CHECKS = "checks"
HIDDEN = 2**32  # added to seeds of hidden data, so that no seed gives the public data


@dataclass(frozen=True)
class Order:
    """What to grade, and how.

    Attributes:
        assignment: The assignment, with the data in use.
        path: The student's folder or archive.
        solution: Folder of the course's own solution, for the run time's comparison; None where it is not at hand.
        seed: Everything random follows from it; hidden data too.
        hidden: Grade with hidden data.
        only: Numbers of the checks to run; none for all.
        frameworks: Run the checks of these alone (and those of both together).
        data_seed: Of generated hidden data, where that is the same for a whole course; None takes ``seed``.
        device: What device checks run on: ``real`` takes the machine's GPU where it has one; ``simulated`` makes
            verdicts the same everywhere.
        taken_as: A module's file name, and the file of the submission to take as it.
        frugal: Grade with little memory: one framework after the other, with no more processes than are needed.
        unprotected: Grade with hidden data even where the submission's code could read it: for code that is trusted.
    """

    assignment: Assignment
    path: Path
    solution: Path | None
    seed: int
    hidden: bool
    only: tuple[str, ...] = ()
    frameworks: tuple[Framework, ...] = tuple(Framework)
    data_seed: int | None = None
    device: str = SIMULATED
    frugal: bool = False
    unprotected: bool = False
    taken_as: Mapping[str, str] = field(default_factory=dict)


def public_order(folder: Path, only: tuple[str, ...] = (), data: str | None = None, device: str = REAL) -> Order:
    """What a student orders: the modules in the assignment's own folder, graded on public data.

    Raises:
        AssignmentError: ``assignment.toml`` or ``data`` is at fault.
    """
    assignment = load(folder, data=data)
    seed = assignment.data.public_seed if assignment.data else 0
    return Order(assignment, folder, solution=None, seed=seed, hidden=False, only=only, device=device)


class Grader:
    """Keeps the frameworks imported between gradings; a context manager."""

    def __init__(self) -> None:
        self._zygotes: dict[Framework, Zygote] = {}
        self._reference_runs: dict[tuple[object, ...], Any] = {}
        self._offers: dict[Framework, DeviceInUse] = {}
        self._latest_data: tuple[tuple[object, ...], Dataset] | None = None

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, *_: object) -> None:
        for zygote in self._zygotes.values():
            zygote.close()
        self._zygotes.clear()

    def warm_up(self, *, frugal: bool = False) -> None:
        """Begin to import the frameworks; returns at once.

        Args:
            frugal: Only the one that is graded first; the other when it is needed.

        Raises:
            InternalError: The machine lacks what a grading needs.
        """
        if not self._zygotes:
            must_suffice()
            sweep()
        for place, framework in enumerate(Framework):
            if framework not in self._zygotes:
                self._zygotes[framework] = Zygote(framework, at_once=not (frugal and place))

    def offer(self, framework: Framework) -> DeviceInUse:
        """What device checks of this framework run on here; asked of a worker once.

        Raises:
            InternalError: No worker can say.
        """
        self.warm_up()
        if framework not in self._offers:
            self._offers[framework] = offer(self._zygotes[framework])
        return self._offers[framework]

    def walls(self, framework: Framework, secrets: Sequence[Path] = ()) -> tuple[SandboxLayer, ...]:
        """The layers of confinement of this framework's workers here, as one of them probed.

        Args:
            framework: Whose.
            secrets: What it must be unable to read, besides a file that is made to be tried.

        Raises:
            InternalError: There is no worker.
        """
        self.warm_up()
        return walls(self._zygotes[framework], secrets)

    def versions_of(self, framework: Framework) -> Mapping[str, str]:
        """Versions of what the framework's results depend on; empty before one of its workers was asked for."""
        return self._zygotes[framework].versions if framework in self._zygotes else {}

    def grade(self, order: Order, listeners: Sequence[Listener] = ()) -> Report:
        """Grade one submission.

        Raises:
            AssignmentError: The assignment is at fault, or the submission's code could read what is hidden; nothing
                was graded.
            InternalError: The grader is at fault.
        """
        started = time.monotonic()
        recorder = Recorder(_empty_report(order), tuple(listeners))
        must_be_installed(order.assignment)
        if data_files(order) is not None:
            self._dataset(order)  # files that aren't there or can't be read are told before anything runs
        if order.hidden and order.assignment.training is not None and not order.only:
            order.assignment.thresholds_for("keras")  # likewise a declaration without bounds for the data in use
        try:
            with self.prepared(order, recorder) as grading:
                if order.hidden and not order.unprotected:
                    grading.student.module(order.frameworks[0]).guard()
                self._run(order, grading)
        except SubmissionError as error:  # only its opening raises one; a check's own ends in its result
            _refuse(order, recorder, error)
        recorder.amend(seconds=round(time.monotonic() - started, 3), complete=True, versions=self._versions())
        return recorder.report

    @contextlib.contextmanager
    def prepared(self, order: Order, recorder: Recorder | None = None) -> Iterator[Grading]:
        """Everything that checks need for one submission, for as long as the context lasts.

        Raises:
            SubmissionError: The submission can't be opened.
        """
        self.warm_up(frugal=order.frugal)
        must_have_room(order.assignment.limits.submission_mb + order.assignment.limits.scratch_mb)
        with Place("submission") as place, contextlib.ExitStack() as stack:
            recorder = recorder or Recorder(_empty_report(order))
            submission = _open(order, place.path / "files", recorder)
            limits, secrets = order.assignment.limits, _secrets(order)
            guarded = order.hidden and not order.unprotected
            student = Student(submission, self._zygotes, limits, secrets, guarded=guarded)
            stack.callback(student.close)
            reference = None
            if order.solution is not None:
                files = reference_files(order.assignment, order.solution, place.path / "reference")
                reference = Student(Submission(files, submission.modules), self._zygotes, limits, secrets)
                stack.callback(reference.close)
            yield Grading(
                order.assignment,
                student,
                recorder,
                seed=order.seed,
                dataset=partial(self._dataset, order),
                reference=reference,
                hidden=order.hidden,
                shared=self._reference_runs,
                devices=Devices(order.device, self.offer),
                frugal=order.frugal,
            )

    def _run(self, order: Order, grading: Grading) -> None:
        recorder, student = grading.recorder, grading.student
        try:
            _run_pytest(order, GradingPlugin(grading, order.only, order.frameworks))
        finally:
            recorder.amend(student_output=student.printed(), sandbox=student.sandbox(), devices=student.devices())
            for note in (*_doubts(recorder.report, order), *_worth_a_look(student)):
                recorder.staff_note(note)

    def _dataset(self, order: Order) -> Dataset:
        """The data of an order; kept for the next one, since --watch asks for the same again at every save."""
        key = (str(order.assignment.data), data_files(order), order.hidden, order.seed, order.data_seed)
        if self._latest_data is None or self._latest_data[0] != key:
            self._latest_data = (key, dataset_of(order))
        return self._latest_data[1]

    def _versions(self) -> Mapping[str, str]:
        found = {**installed(), "pytest": pytest.__version__}
        for zygote in self._zygotes.values():
            found |= zygote.versions
        return found


def collect_only(order: Order, recorder: Recorder) -> None:
    """Find the checks, and enter them as pending, without running any."""
    nobody = Student(Submission(order.path, {}), {}, order.assignment.limits)
    try:
        grading = Grading(order.assignment, nobody, recorder, seed=order.seed, dataset=partial(dataset_of, order))
        _run_pytest(order, GradingPlugin(grading, order.only, order.frameworks), "--collect-only")
    finally:
        nobody.close()


def _run_pytest(order: Order, plugin: GradingPlugin, *more: str) -> None:
    checks = order.assignment.folder / CHECKS
    if not checks.is_dir():
        raise AssignmentError(f"{order.assignment.folder} has no folder {CHECKS}/ with the checks")
    arguments = [
        str(checks),
        f"--rootdir={order.assignment.folder}",
        f"--confcutdir={checks}",
        "--import-mode=importlib",
        f"--config-file={os.devnull}",
        "--disable-plugin-autoload",
        "--capture=no",  # a listener prints while checks run; the student's own output is captured in the worker
        *("-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:faulthandler", "-p", "no:unraisableexception"),
        *more,
    ]
    with _by_itself():
        code = pytest.main(arguments, plugins=[plugin])
    if plugin.problem is not None:
        raise plugin.problem
    if plugin.broken is not None:
        raise plugin.broken
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise InternalError(f"pytest ended with {code!s}\n{plugin.crash[-2000:]}".rstrip())


@contextlib.contextmanager
def _by_itself() -> Iterator[None]:
    """Keep pytest's run apart from what is around it.

    Nobody's PYTEST_ADDOPTS select checks. And checks are imported anew each time: those of another assignment have the
    same module names (``checks.test_2_model``), and under ``--watch`` someone may edit them.
    """
    options = {name: os.environ.pop(name) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS") if name in os.environ}
    before = set(sys.modules)
    try:
        yield
    finally:
        os.environ.update(options)
        for name in [name for name in set(sys.modules) - before if name.partition(".")[0] == CHECKS]:
            del sys.modules[name]


def _open(order: Order, into: Path, recorder: Recorder) -> Submission:
    files = [f"{name}.py" for name in order.assignment.modules.values()]
    # A student's own folder is taken as it is: what they hand in of it is what `pack` finds there.
    wanted = files if order.hidden else ()
    opened = open_submission(order.path, into, limits=order.assignment.limits, wanted=wanted, taken_as=order.taken_as)
    modules = {framework: order.assignment.modules[framework.value] for framework in Framework}
    problems = {framework: opened.module_problem(name) for framework, name in modules.items()}
    unusable = {f: problem for f, problem in problems.items() if problem}
    identify(recorder, content_hash([opened.folder]), opened.taken_as)
    for hint in opened.hints(modules.values()) if order.hidden else ():
        recorder.staff_note(hint)
    brought = baggage(opened.folder, opened.files) if order.hidden else ()  # a student's own folder has data in it
    return Submission(opened.folder, modules, unusable, tuple(brought), order.assignment.packages)


def _refuse(order: Order, recorder: Recorder, error: SubmissionError) -> None:
    """The submission can't even be opened: every check is skipped, the first says why."""
    identify(recorder, content_hash([order.path]) if order.path.is_file() else "")
    collect_only(order, recorder)
    for index, check in enumerate(recorder.report.checks):
        outcome = Outcome.SKIPPED if index else Outcome.FAILED
        finding = None if index else replace(error.finding, misconception=NOT_READ)
        note = f"Your submission could not be opened: {error.finding.message}" if index else ""
        recorder.finished(replace(check, outcome=outcome, finding=finding, note=note))


def dataset_of(order: Order) -> Dataset:
    """The data that an order is graded with.

    Raises:
        AssignmentError: There is none, or it can't be read or makes no sense.
    """
    data = order.assignment.data
    if data is None:
        raise AssignmentError("assignment.toml has no [data] table")
    hidden_seed = order.seed if order.data_seed is None else order.data_seed
    seed = HIDDEN + hidden_seed if order.hidden else data.public_seed
    return load_dataset(data.source, path=data_files(order), train=data.train, test=data.test, seed=seed)


def data_files(order: Order) -> Path | None:
    """Where data in files lies; None where it is generated.

    Hidden data is taken from ``hidden/`` beside the solution, where there is one: it stands for the folder that
    ``data.path`` names (or holds a file of that name). Other data, that an order asks for, is taken as it is.
    """
    path, solution = order.assignment.data_path, order.solution
    if path is None or solution is None or not order.hidden or not path.is_relative_to(order.assignment.folder):
        return path
    hidden = solution / HIDDEN_FILES
    if not hidden.is_dir():
        return path
    return hidden / path.name if path.is_file() else hidden


def _secrets(order: Order) -> list[Path]:
    """What a worker must be unable to read: all solutions (they share parts), and hidden data in files."""
    paths = [order.solution and order.solution.parent, data_files(order) if order.hidden else None]
    return [path.resolve() for path in paths if path is not None]


def _doubts(report: Report, order: Order) -> Iterator[str]:
    exposed = any(layer.name == HIDDEN_DATA and not layer.on for layer in report.sandbox)
    if order.hidden and exposed:
        told = "Graded with --unprotected: the" if order.unprotected else "The"
        yield f"{told} submission's code could read hidden files here. Rely on this grade only if you trust that code."


def _worth_a_look(student: Student) -> Iterator[str]:
    """For the staff alone, who decide what it means."""
    for suspicion in student.suspicions():
        yield f"Worth a look, since no honest mistake does this: {suspicion}."
    for file in student.brought:
        yield f"Worth a look: {file}. Weights or answers from elsewhere may be in it."


def _empty_report(order: Order) -> Report:
    assignment = order.assignment
    return Report(
        assignment=assignment.name,
        title=assignment.title,
        submission=order.path.name,
        tasks=assignment.rubric,
        versions=installed(),
        basis=basis_of(order, data_files(order)),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )
