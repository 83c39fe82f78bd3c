"""Grades every case, and says which grade is not what it has to be."""

from __future__ import annotations

import contextlib
import difflib
import os
import platform
import signal
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from multiprocessing.util import Finalize
from pathlib import Path

import psutil

from autograder.assignment import load
from autograder.errors import AssignmentError
from autograder.grading.session import Grader, Order
from autograder.proving.cases import Case, Kind
from autograder.report import CheckResult, Outcome, Report
from autograder.sandbox import linux

SEED = 1  # of data and probes, where nobody asks for another; `release` counts on verdicts with it
_GRACE = 20.0  # seconds that a grading has to clean up after itself when it is given up


@dataclass(frozen=True)
class Verdict:
    """What grading a case came to.

    Attributes:
        problems: Why the grade is wrong; empty when it is right.
        outcomes: What became of each check: its number, its framework (or nothing), and the outcome.
        named: The misconceptions that the feedback named.
        lost: Numbers of the checks that cost points.
        own: Points that a mutant lost by the first check that named it; what it lost in all is ``lost_in_all``.
    """

    case: Case
    score: float
    max_score: float
    verified_share: float
    named: tuple[str, ...]
    lost: tuple[str, ...]
    seconds: float
    problems: tuple[str, ...]
    outcomes: tuple[tuple[str, str, Outcome], ...] = ()
    own: float = 0.0

    @property
    def lost_in_all(self) -> float:
        return self.max_score - self.score


def judge(case: Case, report: Report) -> Verdict:
    """Compare a case's report with what it has to be."""
    failed = [
        check for check in report.checks if check.score < check.max_score and check.outcome is not Outcome.UNGRADED
    ]
    named = {key for c in failed if c.finding and c.finding.misconception for key in c.finding.misconception.split("+")}
    problems = [
        f"check {c.number} {c.case}: an error of the grader" for c in report.checks if c.outcome is Outcome.ERROR
    ]
    problems += [note.rstrip().splitlines()[-1] for note in report.staff_notes if problems]
    if case.kind.is_correct:
        problems += [
            f"check {c.number} {c.case} lost points: {c.finding.message if c.finding else c.note}" for c in failed
        ]
    elif case.kind is Kind.STUB:
        problems += [f"check {c.number} {c.case} gives the stub {c.score:g} points" for c in report.checks if c.score]
    else:
        elsewhere = (c for c in failed if c.task not in _may_lose(case, c.outcome))
        problems += [f"check {c.number} {c.case} lost points, outside task {case.task}" for c in elsewhere]
        problems += [] if any(c.task == case.task for c in failed) else [f"not caught in task {case.task}"]
        wanted = case.misconception.split("+")
        problems += [] if named == set(wanted) else [_named_otherwise(named, set(wanted))]
        problems += _charged_twice(case, failed)
        if problems and (why := _not_importable(failed)):
            problems = [f"doesn't run, so it shows nothing: {why}"]
    return Verdict(
        case,
        report.score,
        report.max_score,
        report.verified_share,
        tuple(sorted(named)),
        tuple(sorted({c.number for c in failed})),
        report.seconds,
        tuple(problems),
        tuple((c.number, c.case, c.outcome) for c in report.checks),
        _points_of_its_own(case, failed) if case.kind is Kind.MUTANT else 0.0,
    )


def _named_otherwise(named: set[str], wanted: set[str]) -> str:
    """What the feedback named and what the mistake is said to be, which may be misspelt."""
    said = f"named {', '.join(sorted(named)) or 'nothing'}; its mistake is {', '.join(sorted(wanted))}"
    meant = [
        f"is {close[0]} meant by {key}?" for key in sorted(wanted - named) if (close := _close(key, named - wanted))
    ]
    return "; ".join([said, *meant])


def _close(key: str, named: set[str]) -> list[str]:
    return difflib.get_close_matches(key, sorted(named), 1)


def _not_importable(failed: Sequence[CheckResult]) -> str:
    """Why a mutant's code can't be imported: all that it loses otherwise follows from that. Empty where it can."""
    findings = (c.finding for c in failed if c.finding and c.finding.message.startswith("While importing "))
    return next((f"{finding.message} {finding.found}".strip() for finding in findings), "")


def _charged_twice(case: Case, failed: Sequence[CheckResult]) -> list[str]:
    """A mistake in the model costs its count, its outputs and the twins, and nothing else that isn't declared."""
    if not any(c.number in case.together for c in failed):
        return []
    allowed = ", ".join(case.together)
    return [
        f"check {c.number} {c.case} lost points: a mistake in the model costs at most {allowed}; is it charged twice?"
        for c in failed
        if c.number not in (*case.together, *case.also) and c.task == case.task
    ]


def _points_of_its_own(case: Case, failed: Sequence[CheckResult]) -> float:
    wanted = set(case.misconception.split("+"))
    naming = [c.number for c in failed if c.finding and wanted & set(c.finding.misconception.split("+"))]
    return sum(c.max_score - c.score for c in failed if c.number in naming[:1])


def _may_lose(case: Case, outcome: Outcome) -> tuple[str, ...]:
    """Tasks in which a mutant may lose points by a check that ended so."""
    return (case.task, *case.skips) if outcome is Outcome.SKIPPED else (case.task,)


def verify(
    folder: Path, solution: Path, cases: Sequence[Case], data: str | None, seed: int, jobs: int
) -> Iterator[Verdict]:
    """Grade the cases, ``jobs`` at a time, and yield each verdict as it comes.

    Raises:
        AssignmentError: What every case rests on is at fault, such as hidden data. The others are given up then, as
            they are after an interrupt.
    """
    context = get_context("spawn")  # a forked pool would share our threads and descriptors
    graders = context.SimpleQueue()
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(graders,)) as pool:
        waiting = [pool.submit(_grade, case, folder, solution, data, seed) for case in cases]
        try:
            for done in as_completed(waiting):
                yield done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            _end(graders)
            raise


def _end(graders: SimpleQueue[int]) -> None:
    """Have the processes of the pool give up what they grade, and clean up; kill those that don't."""
    processes = []
    while not graders.empty():
        with contextlib.suppress(psutil.Error):  # it has ended
            processes.append(psutil.Process(graders.get()))
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    for process in psutil.wait_procs(processes, timeout=_GRACE)[1]:
        with contextlib.suppress(psutil.Error):
            process.kill()


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Pool:
    """One grader for each process of the pool, so that frameworks are imported once."""

    grader: Grader
    grading = False
    given_up = False


def _start(graders: SimpleQueue[int]) -> None:
    if platform.system() == "Linux":  # a killed call must not leave graders behind
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGTERM, _give_up)
    # Ctrl+C comes to all processes of a terminal: the first one decides. (To ignore it would be inherited.)
    signal.signal(signal.SIGINT, lambda *_: None)
    graders.put(os.getpid())
    _Pool.grader = Grader()
    Finalize(None, _Pool.grader.__exit__, exitpriority=1)  # for a process of a pool, atexit has no meaning


def _give_up(*_: object) -> None:
    """Grade no more; but live on until the pool ends, since one that loses a process may wait for ever."""
    _Pool.given_up = True
    if _Pool.grading:
        raise KeyboardInterrupt  # which ends a grading as it should


def _grade(case: Case, folder: Path, solution: Path, data: str | None, seed: int) -> Verdict:
    if _Pool.given_up:
        raise KeyboardInterrupt  # the pool keeps it to itself, and comes with the next case
    with tempfile.TemporaryDirectory(prefix="autograder-case-") as place:
        for name, text in case.files.items():
            Path(place, name).write_text(text, encoding="utf-8")
        order = Order(load(folder, data=data), Path(place), solution, seed, hidden=True, frameworks=case.frameworks,
                      unprotected=True)  # fmt: skip  # the course's own code
        try:
            _Pool.grading = True
            report = _Pool.grader.grade(order)
        except AssignmentError:
            raise  # of all cases: what they rest on can't be read, or makes no sense
        except Exception as error:  # noqa: BLE001 - of this case, whatever it is; the others' verdicts are worth having
            return Verdict(case, 0.0, 0.0, 0.0, (), (), 0.0, (f"the grader failed: {error}",))
        finally:
            _Pool.grading = False
        return judge(case, report)
