"""``autograder new``: an instructor begins an assignment, with a model or with an assignment that works."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.assignment import find, find_all, load
from autograder.cli.console import Terminal
from autograder.errors import AssignmentError
from autograder.grading.handout import renewed
from autograder.grading.reference import SOLUTIONS, solution_of
from autograder.release.models import GALLERY, find_model, known_models
from autograder.release.new import assignment_about, new_assignment
from autograder.release.stubs import write_stubs
from autograder.release.student import HANDOUT

_MODELS = f"The model that it is about; the course's own are {', '.join(GALLERY)}."
_TO_CHANGE = "Next: change blueprint.py (docs/blueprints.md has models to take), the master sources, the handout."
_TO_MEASURE = (
    "Next: your data. The bounds of accuracy and run time are low on purpose: `autograder calibrate` measures."
)


def new(
    name: Annotated[str, typer.Argument(help="Of the new assignment, such as reviews-gru.", metavar="NAME")],
    source: Annotated[str, typer.Option("--from", help="The assignment to begin with.", metavar="ASSIGNMENT")] = "",
    model: Annotated[str, typer.Option(help=_MODELS, metavar="MODEL")] = "",
    title: Annotated[str, typer.Option(help="Its title; without it, the old one's.", metavar="TEXT")] = "",
) -> None:
    """Begin an assignment: about a model that is known, or as a copy of an assignment that works.

    With `--model`, declaration, handout and both master sources are written for that model, and the known mistakes and
    variants that all text classifiers share are tried on it. With `--from`, everything is copied, under a name of its
    own; the copy grades as the old one does. Change either step by step, and verify it again after each.
    """
    console = Terminal()
    assignment, solved = _made(name, source, model, title)
    made = load(assignment)
    write_stubs(solved, made.modules.values(), assignment)  # the copied ones may be somebody's work
    text = renewed(made, solved)  # without the old one's figures
    (assignment / HANDOUT).write_text(text, encoding="utf-8", newline="\n")
    modules = ", ".join(f"{module}.py" for module in made.modules.values())
    console.print(
        f"Made: {assignment}/  what students get\n"
        f"      {solved}/  master sources ({modules}), mistakes, variants\n\n"
        f"{_TO_MEASURE if model else _TO_CHANGE}\n"
        f"  autograder stubs {name}     derives the stubs and the handout's tables\n"
        f"  autograder verify {name} --case solution --case stub\n"
        f"  autograder verify {name}    all of it, once it is whole",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _made(name: str, source: str, model: str, title: str) -> tuple[Path, Path]:
    """The folders of the new assignment and of its solution."""
    if bool(source) == bool(model):
        raise AssignmentError(
            "say what to begin with, and one thing alone: `--model MODEL` or `--from ASSIGNMENT`. Models are "
            + ", ".join(known_models(_course() / SOLUTIONS))
        )
    if model:
        return assignment_about(_course(), find_model(_course() / SOLUTIONS, model), name, title)
    chosen = load(find(source, start=Path.cwd()))
    return new_assignment(chosen, solution_of(chosen), name, title)


def _course() -> Path:
    """The folder that holds ``assignments/`` and ``solutions/``."""
    found = find_all(start=Path.cwd())
    shelves = [folder.resolve().parent.parent for folder in found]
    if course := next((shelf for shelf in shelves if (shelf / SOLUTIONS).is_dir()), None):
        return course
    raise AssignmentError(f"there is no course in {Path.cwd()} or above it: go into the folder that holds {SOLUTIONS}/")
