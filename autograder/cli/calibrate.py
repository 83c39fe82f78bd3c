"""``autograder calibrate``: an instructor measures what a correct solution gets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from autograder.assignment import find, load
from autograder.cli.check import Data
from autograder.cli.console import Terminal
from autograder.errors import AssignmentError
from autograder.grading.reference import find_solution
from autograder.proving.calibrate import Run, Summary, runs, summaries


def calibrate(
    assignment: Annotated[str, typer.Argument(help="Name or folder of the assignment.", metavar="ASSIGNMENT")],
    data: Data = None,
    seeds: Annotated[int, typer.Option(help="How many runs of each framework.", min=1, metavar="N")] = 5,
) -> None:
    """Train the reference with several seeds; print accuracy, CPU seconds, and a bound that correct work hardly misses.

    Each run draws new hidden data (where data is generated), new ids for tokens and classes, and a new seed.
    """
    console = Terminal()
    chosen = load(find(assignment, start=Path.cwd()), data=data)
    solution = find_solution(chosen)
    if solution is None:
        raise AssignmentError(
            f"there is no solution of {chosen.name} to run: solutions/{chosen.folder.name}/ is missing"
        )
    done = []
    with console.status("training the reference ..."):
        for run in runs(chosen, solution, range(1, seeds + 1)):
            done.append(run)
            console.print(_line(run), highlight=False)
    source = chosen.data.source if chosen.data else "?"
    console.print(_table(f"{chosen.name} on {source}, {seeds} seeds", summaries(done)))


def _line(run: Run) -> str:
    return f"seed {run.seed}  {run.framework.label:8} accuracy {run.accuracy:.3f}  {run.cpu_seconds:5.1f} CPU seconds"


def _table(title: str, found: list[Summary]) -> Table:
    table = Table(title=title)
    for column in ("framework", "mean", "lowest", "deviation", "CPU seconds", "bound for all points"):
        table.add_column(column, justify="left" if column == "framework" else "right")
    for s in found:
        figures = f"{s.mean:.3f}", f"{s.lowest:.3f}", f"{s.deviation:.4f}", f"{s.cpu_seconds:.1f}", f"{s.full:.2f}"
        table.add_row(s.framework.label, *figures)
    return table
