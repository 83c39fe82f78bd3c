"""``autograder grade``: a TA, or Gradescope, grades a submission with hidden data."""

from __future__ import annotations

import secrets
import tomllib
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.assignment import Assignment, find, find_all, infer, load
from autograder.cli.check import Data, Only, exit_code
from autograder.cli.live import LiveDisplay
from autograder.errors import AssignmentError
from autograder.grading.reference import find_solution
from autograder.grading.session import Grader, Order
from autograder.report import CheckResult, Report
from autograder.reporters import terminal
from autograder.reporters.write import write_all, write_results

HIDDEN = "hidden.toml"  # beside the solution: seed = 12345


class ResultsFiles:
    """A listener that leaves valid results behind after every single check."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def started(self, check: CheckResult) -> None:
        """Nothing to write yet."""

    def changed(self, report: Report, latest: CheckResult | None) -> None:
        # Without checks the assignment is at fault: no file at all, since one without tests would say 0 points.
        if report.checks and (latest is not None or not report.seconds):
            write_results(report, self._folder)


def grade(
    submission: Annotated[Path, typer.Argument(help="A student's folder or zip.")],
    out: Annotated[Path, typer.Option(help="Where results.json, report.json and report.html go.")],
    assignment: Annotated[
        str | None, typer.Option(help="Name or folder; inferred from the modules without it.")
    ] = None,
    data: Data = None,
    only: Only = None,
    seed: Annotated[int | None, typer.Option(help="Draw hidden data and probes from this seed.", min=0)] = None,
    solution: Annotated[Path | None, typer.Option(help="Folder of the course's own solution.")] = None,
) -> None:
    """Grade a submission with hidden data; write results.json (Gradescope), report.json and report.html."""
    console = Console()
    if not submission.exists():
        raise AssignmentError(f"there is no submission at {submission}")
    with Grader() as grader:
        grader.warm_up()
        chosen = _assignment(assignment, submission, data)
        solved = solution or find_solution(chosen)
        drawn = secrets.randbelow(2**31) if seed is None else seed
        order = Order(
            chosen, submission, solved, drawn, hidden=True, only=tuple(only or ()), data_seed=_data_seed(solved)
        )
        with LiveDisplay(console) as display:
            report = grader.grade(order, [display, ResultsFiles(out)])
        again = f"To grade with the same data and probes again: --seed {drawn}"
        report = replace(report, staff_notes=(*report.staff_notes, again))
        write_all(report, out)
    terminal.render_summary(report, console, staff=True)
    console.print(f"\nWritten: {out / 'results.json'}, {out / 'report.json'}, {out / 'report.html'}", highlight=False)
    raise typer.Exit(exit_code(report))


def _assignment(name: str | None, submission: Path, data: str | None) -> Assignment:
    if name is not None:
        return load(find(name, start=Path.cwd()), data=data)
    known = [load(folder, data=data) for folder in find_all(start=Path.cwd())]
    return infer(_file_names(submission), known)


def _file_names(submission: Path) -> list[str]:
    if submission.is_dir():
        return [path.name for path in submission.rglob("*.py")]
    try:
        with zipfile.ZipFile(submission) as archive:
            return archive.namelist()
    except (OSError, zipfile.BadZipFile):
        raise AssignmentError(f"{submission.name} can't be opened, so name the assignment: --assignment NAME") from None


def _data_seed(solution: Path | None) -> int | None:
    """The course's own, from hidden.toml beside the solution; without one, data is drawn anew for each grading."""
    hidden = solution / HIDDEN if solution else None
    if hidden is None or not hidden.is_file():
        return None
    try:
        return int(tomllib.loads(hidden.read_text(encoding="utf-8"))["seed"])
    except (ValueError, KeyError, TypeError) as error:
        raise AssignmentError(f"{hidden} has to hold a line such as `seed = 12345`: {error}") from error
