"""``autograder check``: a student checks what is in the folder, on public data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.assignment import find
from autograder.cli.console import Terminal
from autograder.cli.live import LiveDisplay
from autograder.errors import AssignmentError
from autograder.grading.session import Grader, Order, public_order
from autograder.report import CheckResult, Outcome, Report
from autograder.reporters import markdown, terminal, words
from autograder.reporters.text import line
from autograder.sandbox.accelerators import REAL, SIMULATED

Only = Annotated[
    list[str] | None,
    typer.Option("--only", help="Run this check or task alone, such as 2.3 or 2. May be repeated.", metavar="NUMBER"),
]
Data = Annotated[
    str | None,
    typer.Option(help="Other data: builtin, or trec=FOLDER, csv=PATH, folders=FOLDER.", metavar="SOURCE[=PATH]"),
]


class DeviceChoice(StrEnum):
    """Values of ``--device``."""

    AUTO = "auto"
    SIMULATED = "simulated"

    @property
    def wanted(self) -> str:
        """As an :class:`Order` says it."""
        return REAL if self is DeviceChoice.AUTO else SIMULATED


Device = Annotated[
    DeviceChoice,
    typer.Option(
        "--device", help="Device checks run on this machine's GPU if it has one, or always on a simulated one."
    ),
]

Unprotected = Annotated[
    bool,
    typer.Option(
        "--unprotected",
        help="Grade even where the submission's code could read hidden data: only for code that you trust.",
    ),
]

# How the reason of a skipped check names another: "mend check 3.4 first", "mend 2.3", "2.3 names a mistake".
_NAMED = re.compile(r"\bcheck (\d+\.\d+)|\bmend (\d+\.\d+)|\b(\d+\.\d+) names\b")


def check(
    folder: Annotated[
        Path, typer.Argument(help="The assignment's folder, with your modules in it.", metavar="FOLDER")
    ] = Path(),
    only: Only = None,
    watch: Annotated[bool, typer.Option("--watch", help="Check again at every save. Ctrl+C ends it.")] = False,
    data: Data = None,
    device: Device = DeviceChoice.AUTO,
    summary: Annotated[
        Path | None, typer.Option(help="Append the feedback to this file, in Markdown.", metavar="FILE")
    ] = None,
) -> None:
    """Check your work, on public data, with the very checks that grade it later.

    Call it in the assignment's folder. Each check says whether it holds, and if it doesn't, what was found and what to
    try; the last lines say where to go on.
    """
    console = Terminal()
    if summary is not None:
        append(summary, "")  # what can't be written is told before anything runs
    with Grader() as grader:
        grader.warm_up()
        place = find(folder if folder != Path() else None, start=Path.cwd())
        reports: list[Report] = []

        def once() -> None:
            reports.append(_once(grader, public_order(place, tuple(only or ()), data, device.wanted), console))

        if watch:
            from autograder.cli.watch import watch_folder

            watch_folder(place, once, console)
        else:
            once()
    if summary is not None:
        append(summary, markdown.render(reports[-1]))
    raise typer.Exit(exit_code(reports[-1]))


def append(file: Path, text: str) -> None:
    """Write behind what a file holds: GitHub's page of a job takes what all of its steps append.

    Raises:
        AssignmentError: It can't be written.
    """
    try:
        with file.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise AssignmentError(f"{file} can't be written: {error.strerror}") from error


def _once(grader: Grader, order: Order, console: Console) -> Report:
    with LiveDisplay(console) as display:
        report = grader.grade(order, [display])
    terminal.render_summary(report, console)
    modules = {str(name): module for name, module in order.assignment.modules.items()}
    if hint := next_step(report, modules, whole=not order.only):
        console.print(f"\n{hint}", style="bold", highlight=False, markup=False)
    return report


def next_step(report: Report, modules: Mapping[str, str], *, whole: bool) -> str:
    """What to do next: the first check that lost points by a mistake, else by what isn't written yet.

    Where only skipped checks are left, since others weren't asked for, it says what the first of them rests on.

    Args:
        report: What was found.
        modules: The student's files, without ``.py``, by framework.
        whole: Whether all checks were asked for.
    """
    open_checks = [check for check in report.checks if check.outcome is Outcome.FAILED]
    skipped = [check for check in report.checks if check.outcome is Outcome.SKIPPED]
    if skipped and not open_checks:
        return _before(skipped[0])
    if not open_checks:
        files = " and ".join(f"{module}.py" for module in modules.values())
        all_right = whole and exit_code(report) == 0
        said = f"All that can be checked here is right. `autograder pack` makes the zip to hand in, of {files}."
        return said if all_right else ""
    first = next((check for check in open_checks if not words.is_unwritten(check)), open_checks[0])
    alone = f"autograder check --only {first.number}"
    if not report.score and all(map(words.is_unwritten, open_checks)):
        what = "Nothing" if whole else "Nothing of this"
        file = f"{modules[first.case]}.py" if first.case in modules else "your file"
        return (
            f"{what} is written yet, so everything is still to win. Begin with {first.number} in {file}: write it "
            f"where the stub raises NotImplementedError. This checks it at each save:\n  {alone} --watch"
        )
    case = words.framework(first.case) or "both frameworks"
    return f"Next: {first.number} in {case}. See it alone with:\n  {alone}"


def _before(skipped: CheckResult) -> str:
    """What to mend before a check that was skipped can be made; where that names a check, how to see it alone."""
    case = words.framework(skipped.case) or "both frameworks"
    note = line(skipped.note) or "It was skipped for what another check found."
    if named := _NAMED.search(note):
        first = next(filter(None, named.groups()))
        alone = f"autograder check --only {first}"
        return f"Next: {first} in {case}, which {skipped.number} rests on. See it alone with:\n  {alone}"
    return (
        f"Next: what {skipped.number} in {case} rests on. {note} See which check fails first with:\n  autograder check"
    )


def exit_code(report: Report) -> int:
    """0 all points that could be won, 1 some lost, 3 the grader itself failed somewhere."""
    if report.needs_regrading:
        return 3
    return 0 if report.score >= report.max_score - 1e-6 else 1
