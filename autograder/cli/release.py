"""``autograder release``: an instructor makes what students, Gradescope, Docker, Actions and Classroom 50 get."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.assignment import find, load
from autograder.cli.console import Terminal
from autograder.errors import AssignmentError
from autograder.grading.fingerprints import sources
from autograder.grading.handout import out_of_date
from autograder.grading.reference import solution_of
from autograder.proving import record

_WHAT = {
    "student.zip": "for students",
    "gradescope.zip": "upload it at Gradescope, under Configure Autograder; keep it from students",
    "docker": "docker build makes the course's own image of it; keep it from students",
    "repository": "a template repository, whose workflow checks each push; nothing in it is secret",
    "classroom50": "what Classroom 50 grades with, on public data; its README.md says where it goes",
    "release.json": "names, sizes and checksums of all this",
}


def release(
    assignment: Annotated[str, typer.Argument(help="Name or folder of the assignment.", metavar="ASSIGNMENT")],
    out: Annotated[Path, typer.Option(help="Where the release goes; made if need be.", metavar="FOLDER")] = Path(
        "dist"
    ),
) -> None:
    """Make what is handed out of an assignment, for each place where it is graded.

    The same input gives the same bytes. Nothing is written where a stub or a table of the handout is out of date, where
    they talk of another model than the blueprint's, or where something of the solution, the known mistakes or the
    hidden data is in what students would get.
    """
    from autograder.release.build import build, write

    console = Terminal()
    chosen = load(find(assignment, start=Path.cwd()))
    solution = solution_of(chosen)
    if late := out_of_date(chosen, solution):
        raise AssignmentError("\n".join(late))
    proof = solution / record.NAME
    made = build(chosen, solution, proof, record.doubt(proof, sources(chosen.folder, solution)))
    written = write(made, out)
    for path in written:
        place, size = f"{path}/" if path.is_dir() else str(path), f"{_size(path) / 1000:,.0f} kB"
        console.say(f"{place} ({size}): {_WHAT[path.name.removeprefix(f'{made.name}-')]}")
    for note in made.notes:
        console.say(f"Note: {note}", "yellow")


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
