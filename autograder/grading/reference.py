"""The course's own solution as a submission: its master sources, which run as they stand."""

from __future__ import annotations

from pathlib import Path

from autograder.assignment import Assignment
from autograder.release import master_sources, write_modules

SOLUTIONS = "solutions"


def find_solution(assignment: Assignment) -> Path | None:
    """The folder ``solutions/NAME`` beside ``assignments/``; None on a student's machine, which has none."""
    folder = assignment.folder.resolve().parent.parent / SOLUTIONS / assignment.folder.name
    return folder if folder.is_dir() else None


def reference_files(assignment: Assignment, solution: Path, into: Path) -> Path:
    """Write the solution's modules into a folder that workers may read.

    Raises:
        AssignmentError: A master source is missing.
    """
    return write_modules(master_sources(solution, assignment.modules.values()), into)
