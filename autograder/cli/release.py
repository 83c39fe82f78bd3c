"""``autograder release``: an instructor makes what students, Gradescope, Docker, Actions and Classroom 50 get."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from autograder.assignment import Assignment, find, load
from autograder.cli.console import Terminal
from autograder.errors import AssignmentError
from autograder.grading.fingerprints import sources
from autograder.grading.handout import out_of_date
from autograder.grading.reference import solution_of
from autograder.proving import record
from autograder.proving.cases import solution_and_stub
from autograder.proving.kept import verdicts_of
from autograder.proving.premises import odd_data, unfair_bounds, wrong_as_declared
from autograder.proving.verify import SEED, cores
from autograder.proving.verify import verify as grade_all

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
    they talk of another model than the blueprint's, where data can't be read, or where something of the solution, the
    known mistakes or the hidden data is in what students would get. Before anything is written, the stub and the
    solution are graded as `verify` does: they have to get no points and all points.
    """
    from autograder.release.build import build, write

    console = Terminal()
    chosen = load(find(assignment, start=Path.cwd()))
    solution = solution_of(chosen)
    odd = odd_data(chosen, solution)
    if wrong := [*wrong_as_declared(chosen), *out_of_date(chosen, solution)]:
        raise AssignmentError("\n".join(wrong))
    proof = solution / record.NAME
    made = build(chosen, solution, proof, record.doubt(proof, sources(chosen.folder, solution)))
    _prove(console, chosen, solution)
    written = write(made, out)
    for path in written:
        place, size = f"{path}/" if path.is_dir() else str(path), f"{_size(path) / 1000:,.0f} kB"
        console.say(f"{place} ({size}): {_WHAT[path.name.removeprefix(f'{made.name}-')]}")
    for note in (*made.notes, *odd, *unfair_bounds(chosen, solution)):
        console.say(f"Note: {note}", "yellow")


def _prove(console: Terminal, chosen: Assignment, solution: Path) -> None:
    """Grade the stub and the solution, unless right verdicts of exactly these are kept."""
    kept = verdicts_of(chosen, solution, SEED)
    todo = [case for case in solution_and_stub(chosen, solution) if kept.of(case) is None]
    if not todo:
        return
    names = " and the ".join(case.name for case in todo)
    console.say(f"Grading the {names} first, as `verify` does.")
    began, wrong = time.monotonic(), []
    for verdict in grade_all(chosen.folder, solution, todo, None, SEED, cores()):
        console.say(f"  {verdict.case.name}: {verdict.score:g} of {verdict.max_score:g} ({verdict.seconds:.0f} s)")
        kept.keep(verdict)
        wrong += [f"{verdict.case.name}: {problem}" for problem in verdict.problems]
    console.say(f"  {time.monotonic() - began:.0f} s in all")
    if wrong:
        raise AssignmentError("\n  ".join(["this can't be released; nothing was written:", *wrong]))


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
