"""``autograder stubs``: an instructor derives the students' stubs from the master sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.assignment import find, load
from autograder.cli.console import Terminal
from autograder.errors import AssignmentError
from autograder.grading.handout import out_of_date, renewed
from autograder.grading.reference import reference_files, solution_of
from autograder.release.masters import read
from autograder.release.stubs import write_stubs
from autograder.release.student import HANDOUT


def stubs(
    assignment: Annotated[str, typer.Argument(help="Name or folder of the assignment.", metavar="ASSIGNMENT")],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when something is out of date.")] = False,
    solution_to: Annotated[
        Path | None,
        typer.Option("--solution", help="Write the whole solution here, nothing else.", metavar="FOLDER"),
    ] = None,
) -> None:
    """Derive what students get: stubs from the master sources, and the handout's tables from the declarations.

    Stubs leave out what stands between the solution markers. The handout's tables (layers, checks, settings ...) stand
    between markers of their own; the text around them stays as it is.

    Master sources are no submission: they take parts from what solutions share. --solution puts them together.
    """
    console = Terminal()
    chosen = load(find(assignment, start=Path.cwd()))
    solution = solution_of(chosen)
    if solution_to is not None:
        if solution_to.resolve() in (solution.resolve(), chosen.folder.resolve()):
            raise AssignmentError(f"{solution_to} has files of these names that must stay: name a new folder")
        console.print(f"written: {reference_files(chosen, solution, solution_to)}", markup=False)
        return
    if check:
        if late := out_of_date(chosen, solution):
            raise AssignmentError("\n".join(late))
        console.print("Stubs and handout are up to date.")
        return
    readme, new = chosen.folder / HANDOUT, renewed(chosen, solution)
    written = write_stubs(solution, chosen.modules.values(), chosen.folder)
    if read(readme) != new:
        readme.write_text(new, encoding="utf-8", newline="\n")
        written.append(readme)
    console.print(
        "\n".join(f"written: {path}" for path in written) or "Stubs and handout are up to date.", markup=False
    )
