"""``autograder check``: a student checks what is in the folder, on public data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.assignment import find
from autograder.cli.live import LiveDisplay
from autograder.grading.session import Grader, Order, public_order
from autograder.report import Outcome, Report
from autograder.reporters import terminal, words
from autograder.student.failures import NOT_WRITTEN

Only = Annotated[
    list[str] | None, typer.Option("--only", help="Run this check or task alone, such as 2.3 or 2. May be repeated.")
]
Data = Annotated[
    str | None,
    typer.Option(help="Other data: builtin, or trec=FOLDER, csv=PATH, folders=FOLDER.", metavar="SOURCE[=PATH]"),
]


def check(
    folder: Annotated[Path, typer.Argument(help="The assignment's folder, with your modules in it.")] = Path(),
    only: Only = None,
    watch: Annotated[bool, typer.Option("--watch", help="Check again at every save. Ctrl+C ends it.")] = False,
    data: Data = None,
) -> None:
    """Check your work, on public data, with the very checks that grade it later."""
    console = Console()
    with Grader() as grader:
        grader.warm_up()
        place = find(folder if folder != Path() else None, start=Path.cwd())
        reports: list[Report] = []

        def once() -> None:
            reports.append(_once(grader, public_order(place, tuple(only or ()), data), console))

        if watch:
            from autograder.cli.watch import watch_folder

            watch_folder(place, once, console)
        else:
            once()
    raise typer.Exit(exit_code(reports[-1]))


def _once(grader: Grader, order: Order, console: Console) -> Report:
    with LiveDisplay(console) as display:
        report = grader.grade(order, [display])
    terminal.render_summary(report, console)
    if hint := next_step(report):
        console.print(f"\n{hint}", style="bold", highlight=False)
    return report


def next_step(report: Report) -> str:
    """What to do next: the first check that lost points, with a word of welcome where nothing is written yet."""
    open_checks = [check for check in report.checks if check.outcome is Outcome.FAILED]
    if not open_checks:
        return ""
    first = open_checks[0]
    unwritten = all(c.finding is not None and c.finding.misconception == NOT_WRITTEN for c in open_checks)
    welcome = "Nothing is written yet, so everything is still to win. " if unwritten and not report.score else ""
    case = words.framework(first.case) or "both frameworks"
    return f"{welcome}Next: {first.number} in {case}. See it alone with --only {first.number}"


def exit_code(report: Report) -> int:
    """0 all points that could be won, 1 some lost, 3 the grader itself failed somewhere."""
    if report.needs_regrading:
        return 3
    return 0 if report.score >= report.max_score - 1e-6 else 1
