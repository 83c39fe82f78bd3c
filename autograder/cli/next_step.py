"""The last line of ``autograder check``: what to do next."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from autograder.checking.collect import order as in_rubric
from autograder.checking.recorder import Recorder
from autograder.grading.session import Order, collect_only
from autograder.report import CheckResult, Outcome, Report
from autograder.reporters import words
from autograder.reporters.text import line

# How the reason of a skipped check names another: "mend check 3.4 first", "mend 2.3", "2.3 names a mistake".
_NAMED = re.compile(r"\bcheck (\d+\.\d+)|\bmend (\d+\.\d+)|\b(\d+\.\d+) names\b")


def next_step(report: Report, modules: Mapping[str, str], *, only: Sequence[str] = (), ready: bool = True) -> str:
    """What to do next: the first check that lost points by a mistake, else by what isn't written yet.

    Where only skipped checks are left, since others weren't asked for, it says what the first of them rests on.

    Args:
        report: What was found.
        modules: The student's files, without ``.py``, by framework.
        only: The numbers that were asked for; none for all.
        ready: Whether it could be handed in as it is.
    """
    open_checks = [check for check in report.checks if check.outcome is Outcome.FAILED]
    skipped = [check for check in report.checks if check.outcome is Outcome.SKIPPED]
    if skipped and not open_checks:
        return _before(skipped[0])
    if not open_checks:
        files = " and ".join(f"{module}.py" for module in modules.values())
        all_right = not only and ready and not report.needs_regrading and report.score >= report.max_score - 1e-6
        said = f"All that can be checked here is right. `autograder pack` makes the zip to hand in, of {files}."
        return said if all_right else ""
    first = next((check for check in open_checks if not words.is_unwritten(check)), open_checks[0])
    alone = f"autograder check --only {first.number}"
    if not report.score and all(map(words.is_unwritten, open_checks)):
        what = "Nothing of this" if only else "Nothing"
        file = f"{modules[first.case]}.py" if first.case in modules else "your file"
        return (
            f"{what} is written yet, so everything is still to win. Begin with {first.number} in {file}: write it "
            f"where the stub raises NotImplementedError. This checks it at each save:\n  {alone} --watch"
        )
    where = f"Next: {first.number} in {words.whose(first.case)}."
    if tuple(only) == (first.number,):
        return f"{where} What the handout says of it:\n  autograder check --hint {first.number}"
    return f"{where} See it alone with:\n  {alone}"


def _before(skipped: CheckResult) -> str:
    """What to mend before a check that was skipped can be made; where that names a check, how to see it alone."""
    case = words.whose(skipped.case)
    note = line(skipped.note) or "It was skipped for what another check found."
    if named := _NAMED.search(note):
        first = next(filter(None, named.groups()))
        alone = f"autograder check --only {first}"
        return f"Next: {first} in {case}, which {skipped.number} rests on. See it alone with:\n  {alone}"
    return (
        f"Next: what {skipped.number} in {case} rests on. {note} See which check fails first with:\n  autograder check"
    )


def following(order: Order, reports: Sequence[Report]) -> str:
    """Where all that was asked for is right: the next check of the rubric that nobody has seen pass yet.

    Args:
        order: The one that was just carried out, of some checks alone.
        reports: What the checks of this call have found, the latest last.
    """
    if not order.only or not reports or any(c.outcome is not Outcome.PASSED for c in reports[-1].checks):
        return ""
    collect_only(replace(order, only=()), every := Recorder(Report(order.assignment.name)))
    passed = {c.number for report in reports for c in report.checks if c.outcome is Outcome.PASSED}
    done = max((check.number for check in reports[-1].checks), key=in_rubric)
    left = [check for check in every.report.checks if check.number not in passed]
    coming = next((check for check in left if in_rubric(check.number) > in_rubric(done)), left[0] if left else None)
    if coming is None:
        return "All checks have passed. Check once more with all of them together:\n  autograder check"
    return f"Right. Next: {coming.number} {line(coming.name)}\n  autograder check --only {coming.number} --watch"
