"""The sentences that every channel shares, so that terminal, Gradescope and page say the same thing."""

from __future__ import annotations

import math
import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from autograder.intake.modules import NOT_READ
from autograder.report import CheckResult, Evidence, Gap, Outcome, Report, Task, Visibility
from autograder.student.failures import NOT_WRITTEN

VERIFIED = "verified (the grader recomputed this from data)"
ATTESTED = "attested (the confined process that runs the submission reported this)"


def framework(case: str) -> str:
    """How people write it: ``torch`` is PyTorch."""
    return {"keras": "Keras", "torch": "PyTorch"}.get(case, case)


def whose(case: str) -> str:
    """Whose work a check is about: one framework's, or that of both together."""
    return framework(case) or "both frameworks"


def points(value: float) -> str:
    """``2``, ``2.5``, ``0.33``: at most two digits after the point, and no needless zero."""
    if not math.isfinite(value):
        return "?"
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def moment(started: str) -> str:
    """An ISO 8601 time as people write it, to the minute; anything else as it is."""
    try:
        return datetime.fromisoformat(started).strftime("%Y-%m-%d %H:%M %Z").strip()
    except ValueError:
        return started


def duration(seconds: float) -> str:
    """``12.5 s`` or ``2 min 5 s``; empty for zero."""
    if not (math.isfinite(seconds) and seconds > 0):
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def shown_when(visibility: Visibility) -> str:
    """Where students don't see a check at once, when they do; else empty."""
    return {
        Visibility.HIDDEN: "Hidden from students.",
        Visibility.AFTER_DUE_DATE: "Shown to students after the due date.",
        Visibility.AFTER_PUBLISHED: "Shown to students once grades are published.",
    }.get(visibility, "")


def outcome_word(outcome: Outcome) -> str:
    """How an outcome reads after a number: ``3 failed``."""
    return {
        Outcome.PENDING: "not graded yet",
        Outcome.UNGRADED: "not graded here",
        Outcome.ERROR: "stopped by an error of the grader",
    }.get(outcome, outcome.value)


def verdict(result: CheckResult) -> str:
    """What became of the check, where that needs saying (empty for passed and failed ones)."""
    match result.outcome:
        case Outcome.PENDING:
            return "Not graded yet: grading is still going on, or was stopped before it reached this check."
        case Outcome.SKIPPED:
            return (
                "Skipped, not judged wrong."
                if result.note
                else "Skipped, not judged wrong: it rests on a failed check."
            )
        case Outcome.UNGRADED:
            return "Not graded here: no points to win, none to lose."
        case Outcome.ERROR:
            return (
                "The grader itself failed here. That is not your mistake and costs you no points: "
                "this check will be graded again."
            )
        case Outcome.FAILED if result.score > 0:
            return "Partly right."
    return ""


def evidence(result: CheckResult) -> str:
    """The sentence that tells what the verdict rests on; empty where there is none, or nothing was run for it."""
    if not _has_evidence(result):
        return ""
    return f"Evidence: {VERIFIED if result.evidence is Evidence.VERIFIED else ATTESTED}."


def _has_evidence(result: CheckResult) -> bool:
    nothing_ran = is_unread(result) or is_unwritten(result)
    return result.outcome in {Outcome.PASSED, Outcome.FAILED} and not nothing_ran


def is_unread(result: CheckResult) -> bool:
    """Whether it says why the submission, or a file of it, can't be read at all."""
    return result.finding is not None and result.finding.misconception == NOT_READ


def unread(report: Report) -> list[str]:
    """What can't be read, each once: the archive, or a file that isn't there."""
    return list(dict.fromkeys(check.finding.message for check in report.checks if check.finding and is_unread(check)))


@dataclass(frozen=True)
class Section:
    """A task with its checks. ``score`` and ``max_score`` are in points; what can't be graded here is left out."""

    task: Task
    checks: tuple[CheckResult, ...]

    @property
    def score(self) -> float:
        return sum(check.score for check in self.checks)

    @property
    def max_score(self) -> float:
        return sum(c.max_score for c in self.checks if c.outcome is not Outcome.UNGRADED)


def sections(report: Report) -> list[Section]:
    """The rubric's tasks in their order, then any task that has checks but no heading."""
    known = {task.number for task in report.tasks}
    missing = dict.fromkeys(check.task for check in report.checks if check.task not in known)
    bare = (Task(number, "", sum(c.max_score for c in report.of_task(number))) for number in missing)
    return [Section(task, report.of_task(task.number)) for task in (*report.tasks, *bare)]


@dataclass(frozen=True)
class Fold:
    """Checks of one task that all say the same, where one line is enough for them.

    Attributes:
        checks: Skipped for one reason; or of one number, and not written yet.
        numbers: ``2.2, 2.3, 2.5 to 2.9``.
        case: ``Keras``, ``PyTorch``, ``both`` or empty.
        says: The reason, or what is not written yet in each framework.
    """

    checks: tuple[CheckResult, ...]
    numbers: str
    case: str
    says: tuple[str, ...]


def can_fold(check: CheckResult) -> bool:
    """Whether the check waits for something else, and has nothing of its own to say."""
    return check.outcome is Outcome.SKIPPED or is_unwritten(check)


def is_unwritten(check: CheckResult) -> bool:
    finding = check.finding
    return check.outcome is Outcome.FAILED and finding is not None and finding.misconception == NOT_WRITTEN


def folds(report: Report, checks: Iterable[CheckResult]) -> list[Fold]:
    """The checks of one task that :func:`can_fold`, each with those that say the same."""
    alike: dict[tuple[str, str, Visibility], list[CheckResult]] = defaultdict(list)
    for check in checks:
        number, reason = (check.number, "") if is_unwritten(check) else ("", _reason(report, check))
        alike[number, reason, check.visibility].append(check)
    return [_fold(report, found, reason) for (_, reason, _), found in alike.items()]


def _fold(report: Report, checks: Sequence[CheckResult], reason: str) -> Fold:
    cases = list(dict.fromkeys(framework(check.case) for check in checks if check.case))
    case = "both" if len(cases) == 2 else "".join(cases[:1])
    unwritten = dict.fromkeys(check.finding.message for check in checks if check.finding)
    numbers = dict.fromkeys(check.number for check in checks)
    known = dict.fromkeys(check.number for check in report.of_task(checks[0].task))
    return Fold(tuple(checks), _spans(list(numbers), list(known)), case, (reason,) if reason else tuple(unwritten))


def _reason(report: Report, check: CheckResult) -> str:
    """Why it was skipped, without the words of a failed check that the note repeats: they stand there."""
    said = (c.finding.message for c in report.checks if c.outcome is Outcome.FAILED and c.finding)
    repeated = next((message for message in said if message and check.note.endswith(f": {message}")), "")
    return f"{check.note.removesuffix(f': {repeated}')}." if repeated else check.note


def _spans(numbers: Sequence[str], known: Sequence[str]) -> str:
    """``2.2, 2.3, 2.5 to 2.9``: from three neighbours on only the first and the last."""
    runs: list[list[str]] = []
    for number in numbers:
        follows = runs and number in known and known.index(number) - 1 == known.index(runs[-1][-1])
        if follows:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)


def not_graded_yet(report: Report) -> list[str]:
    """A sentence for each task whose checks are not there yet; none where only some checks were asked for."""
    if any(task.graded and not report.of_task(task.number) for task in report.tasks):
        return []
    return [
        f"Task {task.number}, {task.title}, is not graded yet: no points to win, none to lose."
        for task in report.tasks
        if not task.graded and not report.of_task(task.number)
    ]


def student_view(report: Report) -> Report:
    """The report as students may see it now: no staff notes, and only the checks that are visible at once."""
    shown = tuple(check for check in report.checks if check.visibility is Visibility.VISIBLE)
    return replace(report, checks=shown, staff_notes=())


def not_shown(number: int) -> str:
    """What :func:`student_view` left out; empty for nothing."""
    if not number:
        return ""
    return f"{count(number, 'further check')} {'is' if number == 1 else 'are'} not shown here, and not counted."


def party(name: str) -> str:
    """One of the three that are compared: ``oracle`` is the grader's own forward pass."""
    return "the grader's own model" if name == "oracle" else framework(name)


def gap(found: Gap) -> str:
    """The largest difference, such as ``1.2e-06`` or ``0.83``; ``not compared`` where there is none."""
    return "not compared" if found.difference is None else f"{found.difference:.2g}"


def gap_mark(found: Gap) -> str:
    """As a row's mark: ``ok``, ``bad``, or empty where nothing was compared."""
    return "" if found.difference is None else "ok" if found.agrees else "bad"


def gap_outcome(found: Gap) -> str:
    """The same as an outcome."""
    return {"ok": "passed", "bad": "failed"}.get(gap_mark(found), "skipped")


def counted(number: int | None) -> str:
    """A number of parameters; ``?`` for one that isn't known."""
    return "?" if number is None else f"{number:,}"


def tally(report: Report) -> list[tuple[Outcome, int]]:
    """How many checks had each outcome, in the order of :class:`Outcome`'s declaration but with passed first."""
    counts = Counter(check.outcome for check in report.checks)
    order = sorted(Outcome, key=lambda outcome: outcome is Outcome.PENDING)
    return [(outcome, counts[outcome]) for outcome in order if counts[outcome]]


def devices(report: Report) -> str:
    """One sentence on what device checks ran on; empty where none ran."""
    by_case: dict[str, list[str]] = defaultdict(list)
    for device in report.devices:
        by_case[device.case].append(f"{device.label} ({device.why})" if device.why else device.label)
    ran = "; ".join(f"{framework(case)}: {' and '.join(labels)}" for case, labels in by_case.items())
    return f"Device checks ran on: {ran}." if ran else ""


def summary(report: Report) -> str:
    """One sentence: points and outcomes of the checks that are in ``report``."""
    counts = ", ".join(f"{n} {outcome_word(outcome)}" for outcome, n in tally(report))
    total = f"{points(report.score)} of {points(report.max_score)} points"
    return f"{total} ({counts})." if counts else f"{total}."


def part(report: Report) -> str:
    """Which part was asked for, such as ``1.1 and 2``; empty for a whole grading."""
    if report.basis is None or not report.partial:
        return ""
    frameworks = [framework(case) for case in report.basis.frameworks] if len(report.basis.frameworks) == 1 else []
    return " and ".join(filter(None, [", ".join(report.basis.only), *frameworks]))


def staff_notes(report: Report) -> tuple[str, ...]:
    """What the staff alone are told, with how to grade this submission once more."""
    basis = report.basis
    if basis is None or not basis.hidden:
        return report.staff_notes
    taken = [f"{file} was taken as {module}." for module, file in basis.taken_as.items()]
    given = "".join(f" --as {shlex.quote(f'{module}={file}')}" for module, file in basis.taken_as.items())
    again = f"To grade with the same data and probes again: autograder grade --seed {basis.seed}{given}"
    return (*report.staff_notes, *taken, again)


def warnings(report: Report) -> list[str]:
    """What a reader must know before trusting the total; empty when the total is final."""
    pending = sum(check.outcome is Outcome.PENDING for check in report.checks)
    errors = sum(check.outcome is Outcome.ERROR for check in report.checks)
    said = []
    if report.partial:
        said.append(f"Only {part(report)} was asked for: these are the points of that part, and no grade of the whole.")
    if not report.complete:
        waiting = f": {count(pending, 'check')} not graded yet" if pending else ""
        said.append(f"Not complete{waiting}. Grading is still going on, or was stopped before its end.")
    if errors:
        said.append(
            f"The grader itself failed in {count(errors, 'check')}. That costs no points: "
            "this submission has to be graded again."
        )
    return said


def hand_in(report: Report) -> tuple[str, ...]:
    """What its time, its authors and earlier ones mean for the points, in whole sentences."""
    return report.hand_in.remarks if report.hand_in else ()


def what_counts(report: Report) -> str:
    """For staff: what lateness or earlier submissions have made of the points; empty where they changed nothing."""
    if report.hand_in is None or abs(report.counted - report.score) < 1e-6:
        return ""
    return f"{points(report.counted)} points count, and not {points(report.score)}."


def evidence_share(report: Report) -> str:
    """Rounded down, so that "all" means all; empty where no check has got as far as to have any."""
    if not any(map(_has_evidence, report.checks)):
        return ""
    share = math.floor(100 * report.verified_share + 1e-9)
    if share == 100:
        return "All points are verified: the grader recomputed the facts from data."
    return f"{share} % of the points are verified (the grader recomputed the facts from data); the rest are attested."
