"""The course's own solution as a submission: its master sources, which run as they stand."""

from __future__ import annotations

import tomllib
from pathlib import Path

from autograder.assignment import Assignment
from autograder.errors import AssignmentError
from autograder.release import master_sources, write_modules

SOLUTIONS = "solutions"
HIDDEN = "hidden.toml"  # beside the solution: seed = 12345


def find_solution(assignment: Assignment) -> Path | None:
    """The folder ``solutions/NAME`` beside ``assignments/``; None on a student's machine, which has none."""
    folder = assignment.folder.resolve().parent.parent / SOLUTIONS / assignment.folder.name
    return folder if folder.is_dir() else None


def solution_of(assignment: Assignment) -> Path:
    """The same folder, where nothing can be done without it.

    Raises:
        AssignmentError: There is none.
    """
    solution = find_solution(assignment)
    if solution is None:
        name = assignment.folder.name
        raise AssignmentError(f"there is no solution of {assignment.name}: {SOLUTIONS}/{name}/ is missing")
    return solution


def reference_files(assignment: Assignment, solution: Path, into: Path) -> Path:
    """Write the solution's modules into a folder that workers may read.

    Raises:
        AssignmentError: A master source is missing.
    """
    return write_modules(master_sources(solution, assignment.modules.values()), into)


def data_seed(solution: Path | None) -> int | None:
    """The course's own, from hidden.toml beside the solution; without one, data is drawn anew for each grading.

    Raises:
        AssignmentError: The file doesn't hold a seed.
    """
    hidden = solution / HIDDEN if solution else None
    if hidden is None or not hidden.is_file():
        return None
    try:
        return int(tomllib.loads(hidden.read_text(encoding="utf-8"))["seed"])
    except (ValueError, KeyError, TypeError) as error:
        raise AssignmentError(f"{hidden} has to hold a line such as `seed = 12345`: {error}") from error
