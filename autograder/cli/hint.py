"""``autograder check --hint 2.3``: what the handout says of a check, and what to do next. Nothing is graded."""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from autograder.assignment import load
from autograder.blueprint import Framework
from autograder.checking.collect import select_results
from autograder.checking.recorder import Recorder
from autograder.grading.session import Order, collect_only
from autograder.release.masters import read
from autograder.release.passages import passage, places
from autograder.release.student import HANDOUT
from autograder.report import CheckResult, Report
from autograder.reporters.text import line, tidy, to_ascii

_MOST = 20_000  # characters of a passage


def say_hint(folder: Path, number: str, console: Console) -> None:
    """Print the passage of a check or a task, where to write it, and the call that checks it.

    Raises:
        AssignmentError: There is no such check, or no handout.
    """
    assignment = load(folder, files=False)
    collect_only(Order(assignment, folder, None, 0, hidden=False), found := Recorder(Report(assignment.name)))
    checks = select_results(found.report.checks, number)
    task = checks[0].task
    heading, said = passage(read(folder / HANDOUT), task, checks)

    def shown(text: str) -> str:
        return to_ascii(tidy(text, _MOST)) if console.options.ascii_only else tidy(text, _MOST)

    if heading:
        console.print(shown(heading), style="bold", markup=False, highlight=False)
    for check in _once(checks):
        console.print(shown(f"{check.number}  {line(check.name)}"), style="cyan", markup=False, highlight=False)
    console.print()
    console.print(Markdown(shown(said)) if said else f"The handout has no passage on task {task}: see {HANDOUT}.")
    _say_where(folder, {f: f"{assignment.modules[f.value]}.py" for f in Framework}, checks[0].number, console)
    console.print(f"\nNext, at each save:\n  autograder check --only {number} --watch", style="bold", highlight=False)


def _once(checks: list[CheckResult]) -> list[CheckResult]:
    return list({check.number: check for check in checks}.values())


def _say_where(folder: Path, files: dict[Framework, str], number: str, console: Console) -> None:
    """Where the student's own files speak of it."""
    sources = {}
    for file in files.values():
        if os.access(folder / file, os.R_OK):
            sources[file] = (folder / file).read_text(encoding="utf-8", errors="replace")
    if found := places(sources, number):
        console.print(f"\nIn your files: {'; '.join(found)}.", markup=False, highlight=False)
