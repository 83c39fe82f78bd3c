"""``autograder pack``: a student makes the zip to hand in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from autograder.assignment import load
from autograder.cli.console import Terminal
from autograder.cli.students import students_folder


def pack(
    folder: Annotated[
        Path, typer.Argument(help="The assignment's folder, with your modules in it.", metavar="FOLDER")
    ] = Path(),
    out: Annotated[
        Path | None,
        typer.Option(help="The zip to write; without it NAME-submission.zip in the folder.", metavar="FILE"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Pack a single finished module without asking.")] = False,
) -> None:
    """Make the zip that you hand in: your modules, and nothing else.

    What would fail where it is graded is told now, and nothing is written: a module that is missing, has another name,
    can't be read or imports what isn't installed there. Where one of the two is fine, it asks whether to pack that one
    alone. What isn't written yet is only pointed out. This says nothing of points: `autograder check` does.
    """
    from autograder.release import pack as packing

    console = Terminal()

    def agrees(problems: str, alone: str) -> bool:
        if not yes and not sys.stdin.isatty():
            return False
        console.say(problems, "yellow")
        return yes or typer.confirm(f"Pack {alone} alone? It is graded; the points of the other file are lost then.")

    chosen = load(students_folder(folder, "pack"), files=False)
    to = out or chosen.folder / f"{chosen.folder.name}-submission.zip"
    done = packing.pack(chosen, chosen.folder, to, agrees)
    for warning in done.warnings:
        console.say(f"Mind: {warning}", "yellow")
    files = ", ".join(f"{name} ({size / 1000:.1f} kB)" for name, size in sorted(done.sizes.items()))
    console.say(f"In the zip: {files}.")
    console.say(f"Hand in this file: {done.path}")
