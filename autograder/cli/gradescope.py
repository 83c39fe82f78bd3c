"""``autograder gradescope``: what ``run_autograder`` calls in Gradescope's container."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.check import Unprotected
from autograder.cli.console import Terminal
from autograder.grading.container import Layout, Results, grade_submission
from autograder.grading.session import Grader
from autograder.reporters import terminal

ROOT = Path("/autograder")


def gradescope(
    root: Annotated[Path, typer.Option(help="The folder that Gradescope calls /autograder.", metavar="FOLDER")] = ROOT,
    *,
    unprotected: Unprotected = False,
) -> None:
    """Grade the submission in Gradescope's container, and write its results.json after every check.

    Reads submission/, submission_metadata.json and source/assignments/NAME/ below the folder, and writes
    results/results.json. Whatever happens, that file is valid and says so; what is printed, the staff alone see.
    """
    console = Terminal()
    layout = Layout(root)
    results = Results(layout.results)
    try:
        with Grader() as grader:
            report = grade_submission(grader, layout, results, unprotected=unprotected)
    except BaseException:  # a stop from outside, too
        results.break_off()
        raise
    if report is None:
        console.print("Not graded: the day's submissions are used up.", highlight=False)
        return
    terminal.render(report, console, staff=True)
