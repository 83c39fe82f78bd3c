"""Further packages that an assignment lets students import: of each, the lock has the version."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from autograder.assignment import Assignment
from autograder.errors import AssignmentError
from autograder.release.imports import needed_by_framework
from autograder.release.masters import read
from autograder.release.wheels import LOCK

LISTED = "packages.txt"  # beside the lock, where the framework's wheel alone is installed
GROUP = "courses"  # of dependencies, in pyproject.toml


def pinned(assignment: Assignment, project: Path) -> list[str]:
    """The lock's lines of the assignment's packages, to be installed beside the framework.

    Raises:
        AssignmentError: One of them has no version in the lock, or is there for the project's own tests alone.
    """
    lines = {name: line for line in read(project / LOCK).splitlines() if (name := _name(line))}
    group = tomllib.loads(read(project / "pyproject.toml")).get("dependency-groups", {}).get(GROUP, [])
    known = {_name(entry) for entry in group if isinstance(entry, str)} | needed_by_framework()
    if missing := [name for name in assignment.packages if name not in lines or name not in known]:
        raise AssignmentError(_missing(assignment, missing))
    return [lines[name] for name in assignment.packages]


def must_be_installed(assignment: Assignment) -> None:
    """See that students' imports can work here: else they would lose points for this machine.

    Raises:
        AssignmentError: A package isn't installed in the grader's environment.
    """
    for name in assignment.packages:
        try:
            distribution(name)
        except PackageNotFoundError:
            raise AssignmentError(
                f"{assignment.where('packages')}: students may import {name}, but it isn't installed here: make "
                f"the environment anew (`make env`); if it is not in {LOCK}, `autograder release` says how to add it"
            ) from None


def _missing(assignment: Assignment, names: Sequence[str]) -> str:
    listed = ", ".join(f'"{name}"' for name in names)
    return (
        f"{assignment.where('packages')}: {LOCK} has no version of {', '.join(names)} for students. Add {listed} "
        f"to the group `{GROUP}` under [dependency-groups] in pyproject.toml, then `make lock` and `make env`"
    )


def _name(line: str) -> str:
    """The package of a line of the lock; empty for comments."""
    try:
        return canonicalize_name(Requirement(re.sub(r"#.*", "", line).strip()).name)
    except InvalidRequirement:
        return ""
