"""``autograder check``: a student checks what is in the folder, on public data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.assignment import find
from autograder.cli.console import Terminal
from autograder.cli.live import LiveDisplay
from autograder.grading.session import Grader, Order, public_order
from autograder.report import Outcome, Report
from autograder.reporters import terminal, words

Only = Annotated[
    list[str] | None,
    typer.Option("--only", help="Run this check or task alone, such as 2.3 or 2. May be repeated.", metavar="NUMBER"),
]
Data = Annotated[
    str | None,
    typer.Option(help="Other data: builtin, or trec=FOLDER, csv=PATH, folders=FOLDER.", metavar="SOURCE[=PATH]"),
]


def check(
    folder: Annotated[
        Path, typer.Argument(help="The assignment's folder, with your modules in it.", metavar="FOLDER")
    ] = Path(),
    only: Only = None,
    watch: Annotated[bool, typer.Option("--watch", help="Check again at every save. Ctrl+C ends it.")] = False,
    data: Data = None,
) -> None:
    """Check your work, on public data, with the very checks that grade it later.

    Call it in the assignment's folder. Each check says whether it holds, and if it doesn't, what was found and what to
    try; the last lines say where to go on.
    """
    console = Terminal()
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
    if hint := next_step(report, {str(name): module for name, module in order.assignment.modules.items()}):
        console.print(f"\n{hint}", style="bold", highlight=False, markup=False)
    return report


def next_step(report: Report, modules: Mapping[str, str]) -> str:
    """What to do next: the first check that lost points, with a word of welcome where nothing is written yet.

    Args:
        report: What was found.
        modules: The student's files, without ``.py``, by framework.
    """
    open_checks = [check for check in report.checks if check.outcome is Outcome.FAILED]
    if not open_checks:
        return ""
    first = open_checks[0]
    alone = f"autograder check --only {first.number}"
    if not report.score and all(map(words.is_unwritten, open_checks)):
        file = f"{modules[first.case]}.py" if first.case in modules else "your file"
        return (
            f"Nothing is written yet, so everything is still to win. Begin with {first.number} in {file}: write it "
            f"where the stub raises NotImplementedError. This checks it at each save:\n  {alone} --watch"
        )
    case = words.framework(first.case) or "both frameworks"
    return f"Next: {first.number} in {case}. See it alone with:\n  {alone}"


def exit_code(report: Report) -> int:
    """0 all points that could be won, 1 some lost, 3 the grader itself failed somewhere."""
    if report.needs_regrading:
        return 3
    return 0 if report.score >= report.max_score - 1e-6 else 1
