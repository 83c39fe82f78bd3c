"""``autograder check``: a student checks what is in the folder, on public data."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from autograder.assignment import Assignment
from autograder.blueprint import Framework
from autograder.cli.console import Terminal
from autograder.cli.live import LiveDisplay
from autograder.cli.next_step import following, next_step
from autograder.cli.students import page_place, students_folder, write_page
from autograder.errors import AssignmentError, SubmissionError
from autograder.grading.session import Grader, public_order
from autograder.release.ready import HEADING, ready
from autograder.report import Report
from autograder.reporters import html as pages
from autograder.reporters import markdown, terminal
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


def check(  # noqa: PLR0913 - a command's options
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
    *,
    html: Annotated[
        Path | None,
        typer.Option(help="Where the feedback goes as a page; without it .autograder/report.html.", metavar="FILE"),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open that page.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Run your code where breakpoint() works, without points; with --only.")
    ] = False,
    framework: Annotated[Framework | None, typer.Option(help="Debug this framework's file alone.")] = None,
    hint: Annotated[
        str | None,
        typer.Option(help="What the handout says of this check or task, and where to write it.", metavar="NUMBER"),
    ] = None,
) -> None:
    """Check your work, on public data, with the very checks that grade it later.

    Call it in the assignment's folder. Each check says whether it holds, and if it doesn't, what was found and what to
    try; the last lines say where to go on.
    """
    console = Terminal()
    place = students_folder(folder, "check")
    if hint is not None:
        from autograder.cli.hint import say_hint

        say_hint(place, hint, console)
        return
    if debug:
        from autograder.cli.debug import run_debugger

        order = public_order(place, tuple(only or ()), data, SIMULATED)
        run_debugger(replace(order, frameworks=(framework,) if framework else order.frameworks), console)
        return
    if summary is not None:
        append(summary, "")  # what can't be written is told before anything runs
    page = page_place(place, html)
    with Grader() as grader:
        grader.warm_up()
        desk = Desk(grader, place, tuple(only or ()), data, device.wanted, page, console)
        if watch:
            from autograder.cli.watch import watch_folder

            watch_folder(place, lambda: desk.check(show=open_page and not desk.reports, watching=True), console)
        else:
            desk.check(show=open_page)
    report = desk.reports[-1]
    if summary is not None:
        append(summary, markdown.render(report))
    raise typer.Exit(exit_code(report) or int(desk.fails_at_hand_in))


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


class Desk:
    """Where a student's folder is checked, once or at each save.

    Attributes:
        reports: What each check found.
        fails_at_hand_in: Whether `autograder pack` would refuse what the last check saw.
    """

    def __init__(
        self,
        grader: Grader,
        place: Path,
        only: tuple[str, ...],
        data: str | None,
        device: str,
        page: Path,
        console: Terminal,
    ) -> None:
        self._grader, self._place, self._only, self._data, self._device = grader, place, only, data, device
        self._page, self._console = page, console
        self.reports: list[Report] = []
        self.fails_at_hand_in = False

    def check(self, *, show: bool, watching: bool = False) -> None:
        """Check once: print, leave the page behind (and ``show`` it), say what would fail at hand-in, and what's next.

        Raises:
            AssignmentError: The assignment is at fault, or the page can't be written.
        """
        console = self._console
        order = public_order(self._place, self._only, self._data, self._device)
        with LiveDisplay(console) as display:
            report = self._grader.grade(order, [display])
        self.reports.append(report)
        terminal.render_summary(report, console)
        write_page(pages.render(report), self._page)
        console.say(f"\nAs a page, with figures: {_near(self._page)}", "dim")
        if show:
            typer.launch(str(self._page))
        self.fails_at_hand_in = self._say_what_fails(order.assignment)
        modules = {str(name): module for name, module in order.assignment.modules.items()}
        hint = next_step(report, modules, only=self._only, ready=not self.fails_at_hand_in)
        if watching and not hint:
            hint = following(order, self.reports)
        if hint:
            console.print(f"\n{hint}", style="bold", highlight=False, markup=False)

    def _say_what_fails(self, assignment: Assignment) -> bool:
        """Say what `autograder pack` would refuse, in its words; whether there is anything."""
        try:
            problems = ready(assignment, self._place).told
        except SubmissionError as error:
            problems = [f"- {error.finding.message}"]
        if problems:
            self._console.say("\n".join([f"\n`autograder pack` would say: {HEADING}", *problems]), "yellow")
        return bool(problems)


def _near(path: Path) -> Path:
    """As short as it can be written here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def exit_code(report: Report) -> int:
    """0 all points that could be won, 1 some lost, 3 the grader itself failed somewhere."""
    if report.needs_regrading:
        return 3
    return 0 if report.score >= report.max_score - 1e-6 else 1
