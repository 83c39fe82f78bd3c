"""``autograder classroom50``: what the ``autograder.py`` of a release calls in Classroom 50's runner."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from autograder.assignment import load
from autograder.cli.check import append, exit_code
from autograder.cli.console import Terminal
from autograder.errors import InternalError
from autograder.grading.session import Grader, Order
from autograder.reporters import markdown, terminal
from autograder.reporters.classroom50 import identity, to_result
from autograder.reporters.write import write_atomically

_RESULT = "result.json"


def classroom50(
    assignment: Annotated[Path, typer.Option(help="The assignment's folder, with its checks.", metavar="FOLDER")],
    submission: Annotated[
        Path, typer.Argument(help="The folder that holds the student's modules.", metavar="FOLDER")
    ] = Path(),
    moment: Annotated[
        str, typer.Option("--datetime", help="When it was handed in, in UTC; now without it.", metavar="TIME")
    ] = "",
) -> None:
    """Grade a student's repository in Classroom 50's runner, on public data, and write its result.json.

    The runner says whose it is by environment variables. Where something of ours fails, no result.json is written and
    the exit code isn't 0, which Classroom 50 takes for a failure of the infrastructure: nobody loses points.
    """
    console = Terminal()
    whose = identity(os.environ)
    chosen = load(assignment)
    seed = chosen.data.public_seed if chosen.data else 0
    result = Path.cwd() / _RESULT
    result.unlink(missing_ok=True)  # what lies there is the student's own
    with Grader() as grader:
        report = grader.grade(Order(chosen, submission, None, seed, hidden=False))
    terminal.render(report, console)
    if exit_code(report) > 1:
        raise InternalError("not all of it could be graded: see above. Grade again")
    when = moment or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    write_atomically(result, json.dumps(to_result(report, whose, when), indent=2, allow_nan=False))
    if page := os.environ.get("GITHUB_STEP_SUMMARY"):
        append(Path(page), markdown.render(report))
