"""``autograder stubs``: an instructor derives the students' stubs from the master sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.assignment import find, load
from autograder.errors import AssignmentError
from autograder.grading.reference import find_solution
from autograder.release.stubs import drift, write_stubs


def stubs(
    assignment: Annotated[str, typer.Argument(help="Name or folder of the assignment.")],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when a stub is out of date.")] = False,
) -> None:
    """Derive the stubs from the master sources in solutions/, leaving out what stands between the solution markers."""
    console = Console()
    chosen = load(find(assignment, start=Path.cwd()))
    solution = find_solution(chosen)
    if solution is None:
        raise AssignmentError(f"there is no solution of {chosen.name}: solutions/{chosen.folder.name}/ is missing")
    modules = chosen.modules.values()
    if not check:
        written = write_stubs(solution, modules, chosen.folder)
        console.print("\n".join(f"written: {path}" for path in written) or "All stubs are up to date.", markup=False)
        return
    if late := drift(solution, modules, chosen.folder):
        raise AssignmentError("\n".join(late))
    console.print("All stubs are up to date.")
