"""``autograder check --only 2.3 --debug``: the student's own code in a process where ``breakpoint()`` works."""

from __future__ import annotations

import sys

from autograder.cli.console import Terminal
from autograder.errors import AssignmentError
from autograder.grading.debugging import debug
from autograder.grading.session import Order
from autograder.report import CheckResult, Outcome
from autograder.reporters import words
from autograder.reporters.text import line

_BEFORE = (
    "Debugging: no points, and not confined: your own code runs in an ordinary process, without time limits. It stops "
    "where it calls breakpoint(). In the debugger: p NAME prints, n is the next line, c goes on, q ends it."
)


def run_debugger(order: Order, console: Terminal) -> None:
    """Run the checks, and say of each in a sentence what became of it.

    Raises:
        AssignmentError: There is no terminal, or no check was named.
    """
    if not order.only:
        raise AssignmentError("--debug runs single checks: name one, as in\n  autograder check --only 2.3 --debug")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise AssignmentError("--debug needs a terminal, which the debugger talks to: call it in one, without a pipe")
    console.print(_BEFORE, style="yellow", highlight=False)
    try:
        report = debug(order)
    except KeyboardInterrupt:
        console.print("\nLeft the debugger. Nothing was judged.", style="dim")
        return
    for check in report.checks:
        console.print(f"\n{_told(check)}", markup=False, highlight=False)
    console.print("\nRemove the calls of breakpoint() before you hand in.", style="dim", highlight=False)


def _told(check: CheckResult) -> str:
    said = f"{check.number} in {words.whose(check.case)}: {words.outcome_word(check.outcome)}"
    if check.outcome is Outcome.FAILED and check.finding:
        parts = [check.finding.message, check.finding.found and f"Found: {check.finding.found}", check.finding.advice]
        return " ".join([f"{said}.", *filter(None, map(line, parts))])
    return f"{said}. {line(check.note)}".strip()
