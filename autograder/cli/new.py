"""``autograder new``: an instructor begins an assignment with one that works."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.assignment import find, load
from autograder.cli.console import Terminal
from autograder.grading.handout import renewed
from autograder.grading.reference import solution_of
from autograder.release.new import new_assignment
from autograder.release.stubs import write_stubs
from autograder.release.student import HANDOUT


def new(
    name: Annotated[str, typer.Argument(help="Of the new assignment, such as reviews-gru.", metavar="NAME")],
    source: Annotated[str, typer.Option("--from", help="The assignment to begin with.", metavar="ASSIGNMENT")],
    title: Annotated[str, typer.Option(help="Its title; without it, the old one's.", metavar="TEXT")] = "",
) -> None:
    """Copy an assignment that works, with its solution, known mistakes and variants, under a name of its own.

    The copy grades as the old one does. Change its blueprint, its master sources and its handout step by step, and
    verify it again after each.
    """
    console = Terminal()
    chosen = load(find(source, start=Path.cwd()))
    solution = solution_of(chosen)
    assignment, solved = new_assignment(chosen, solution, name, title)
    made = load(assignment)
    write_stubs(solved, made.modules.values(), assignment)  # the copied ones may be somebody's work
    text = renewed(made, solved)  # without the old one's figures
    (assignment / HANDOUT).write_text(text, encoding="utf-8", newline="\n")
    modules = ", ".join(f"{module}.py" for module in made.modules.values())
    console.print(
        f"Made: {assignment}/  what students get\n"
        f"      {solved}/  master sources ({modules}), mistakes, variants\n\n"
        "Next: change blueprint.py (docs/blueprints.md has models to take), the master sources, the handout.\n"
        f"  autograder stubs {name}     derives the stubs and the handout's tables\n"
        f"  autograder verify {name} --case solution --case stub\n"
        f"  autograder verify {name}    all of it, once it is whole",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
