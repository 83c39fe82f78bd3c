"""The submissions whose grades are known beforehand.

A known mistake (mutant) or a variant is a folder under ``solutions/NAME/mutants`` or ``variants`` that holds only what
differs: its text is appended to the master source, where later definitions win. ``mutants.toml`` and ``variants.toml``
say what each is about.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from autograder.assignment import Assignment
from autograder.blueprint import Framework
from autograder.errors import AssignmentError
from autograder.release.stubs import stub_files


class Kind(StrEnum):
    """What a case is, and so what its grade has to be."""

    SOLUTION = "solution"  # all points
    STUB = "stub"  # none
    VARIANT = "variant"  # all points
    MUTANT = "mutant"  # loses points in one task alone, and is named


@dataclass(frozen=True)
class Case:
    """A submission with a known grade.

    Attributes:
        files: Text of each module, by file name.
        frameworks: Where it differs from the solution; the others need no grading.
        task: The only task in which a mutant may lose points.
        misconception: The key by which its feedback has to name a mutant.
    """

    kind: Kind
    name: str
    files: Mapping[str, str]
    frameworks: tuple[Framework, ...] = tuple(Framework)
    task: str = ""
    misconception: str = ""


def cases(assignment: Assignment, solution: Path) -> list[Case]:
    """All cases of an assignment, the solution first.

    Raises:
        AssignmentError: A folder without an entry, an entry without a folder, a framework without a file.
    """
    masters = {f"{module}.py": _read(solution / f"{module}.py") for module in assignment.modules.values()}
    return [
        Case(Kind.SOLUTION, "solution", masters),
        Case(Kind.STUB, "stub", stub_files(solution, assignment.modules.values())),
        *(_overlaid(Kind.VARIANT, entry, assignment, solution, masters) for entry in _entries(solution, Kind.VARIANT)),
        *(_overlaid(Kind.MUTANT, entry, assignment, solution, masters) for entry in _entries(solution, Kind.MUTANT)),
    ]


def _entries(solution: Path, kind: Kind) -> list[dict[str, Any]]:
    table = solution / f"{kind}s" / f"{kind}s.toml"
    if not table.is_file():
        return []
    entries: list[dict[str, Any]] = tomllib.loads(_read(table)).get(kind.value, [])
    listed = {entry.get("name") for entry in entries}
    there = {folder.name for folder in table.parent.iterdir() if folder.is_dir() and folder.name != "__pycache__"}
    if listed != there:
        odd = ", ".join(sorted(map(str, listed ^ there)))
        raise AssignmentError(f"{table}: entries and folders differ in {odd}")
    return entries


def _overlaid(
    kind: Kind, entry: Mapping[str, Any], assignment: Assignment, solution: Path, masters: Mapping[str, str]
) -> Case:
    folder = solution / f"{kind}s" / entry["name"]
    frameworks = tuple(Framework(name) for name in entry["frameworks"])
    overlays = {
        f"{assignment.modules[f.value]}.py": _read(folder / f"{assignment.modules[f.value]}.py") for f in frameworks
    }
    files = {name: f"{text}\n\n{overlays[name]}" if name in overlays else text for name, text in masters.items()}
    return Case(kind, entry["name"], files, frameworks, str(entry.get("task", "")), entry.get("misconception", ""))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise AssignmentError(f"{path} can't be read: {error.strerror}") from error
