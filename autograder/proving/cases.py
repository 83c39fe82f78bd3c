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
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

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
        AssignmentError: A folder without an entry, an entry without a folder, a framework without a file, an entry
            that lacks something or says what nobody knows.
    """
    masters = {f"{module}.py": _read(solution / f"{module}.py") for module in assignment.modules.values()}
    return [
        Case(Kind.SOLUTION, "solution", masters),
        Case(Kind.STUB, "stub", stub_files(solution, assignment.modules.values())),
        *(_overlaid(entry, assignment, solution, masters) for entry in _entries(solution, _Variant, assignment)),
        *(_overlaid(entry, assignment, solution, masters) for entry in _entries(solution, _Mutant, assignment)),
    ]


class _Variant(BaseModel):
    """An entry of ``variants.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: ClassVar = Kind.VARIANT
    name: str = Field(min_length=1)
    frameworks: tuple[Framework, ...] = Field(min_length=1)
    differs: str = ""


class _Mutant(BaseModel):
    """An entry of ``mutants.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: ClassVar = Kind.MUTANT
    name: str = Field(min_length=1)
    frameworks: tuple[Framework, ...] = Field(min_length=1)
    task: str
    misconception: str = Field(min_length=1)


_Entry = _Variant | _Mutant


def _entries(solution: Path, form: type[_Entry], assignment: Assignment) -> list[_Entry]:
    table = solution / f"{form.kind}s" / f"{form.kind}s.toml"
    if not table.is_file():
        return []
    try:
        raw = tomllib.loads(_read(table))
    except tomllib.TOMLDecodeError as error:
        raise AssignmentError(f"{table}: not TOML: {error}") from error
    found = raw.get(form.kind.value, [])
    if raw.keys() - {form.kind.value} or not isinstance(found, list):
        raise AssignmentError(f"{table}: holds something else than [[{form.kind}]] tables")
    entries = [_entry(table, form, entry, assignment) for entry in found]
    listed = {entry.name for entry in entries}
    there = {folder.name for folder in table.parent.iterdir() if folder.is_dir() and folder.name != "__pycache__"}
    if listed != there:
        raise AssignmentError(f"{table}: entries and folders differ in {', '.join(sorted(listed ^ there))}")
    return entries


def _entry(table: Path, form: type[_Entry], raw: Any, assignment: Assignment) -> _Entry:
    name = raw.get("name", "without a name") if isinstance(raw, dict) else raw
    try:
        entry = form.model_validate(raw)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise AssignmentError(f"{table}: {form.kind} {name}: {wrong}") from error
    tasks = [str(task.number) for task in assignment.tasks]
    if isinstance(entry, _Mutant) and entry.task not in tasks:
        raise AssignmentError(f"{table}: {form.kind} {name}: task {entry.task!r} is none of {', '.join(tasks)}")
    return entry


def _overlaid(entry: _Entry, assignment: Assignment, solution: Path, masters: Mapping[str, str]) -> Case:
    folder = solution / f"{entry.kind}s" / entry.name
    modules = [f"{assignment.modules[framework.value]}.py" for framework in entry.frameworks]
    overlays = {module: _read(folder / module) for module in modules}
    files = {name: f"{text}\n\n{overlays[name]}" if name in overlays else text for name, text in masters.items()}
    if isinstance(entry, _Mutant):
        return Case(entry.kind, entry.name, files, entry.frameworks, entry.task, entry.misconception)
    return Case(entry.kind, entry.name, files, entry.frameworks)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise AssignmentError(f"{path} can't be read: {error.strerror}") from error
