"""The course's own solution as a submission: its master sources, which run as they stand."""

from __future__ import annotations

import shutil
from pathlib import Path

from autograder.assignment import Assignment
from autograder.errors import AssignmentError

SOLUTIONS = "solutions"


def find_solution(assignment: Assignment) -> Path | None:
    """The folder ``solutions/NAME`` beside ``assignments/``; None on a student's machine, which has none."""
    folder = assignment.folder.resolve().parent.parent / SOLUTIONS / assignment.folder.name
    return folder if folder.is_dir() else None


def reference_files(assignment: Assignment, solution: Path, into: Path) -> Path:
    """Copy the solution's modules to a folder that workers may read.

    Raises:
        AssignmentError: A module is missing.
    """
    into.mkdir(mode=0o755)
    for module in assignment.modules.values():
        source = solution / f"{module}.py"
        if not source.is_file():
            raise AssignmentError(f"the solution has no {source.name} in {solution}")
        shutil.copyfile(source, into / source.name)
    return into
