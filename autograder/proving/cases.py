"""The submissions whose grades are known beforehand.

A known mistake (mutant) or a variant is a folder under ``solutions/NAME/mutants`` or ``variants`` that holds only what
differs, in ``keras.py``, ``torch.py`` or both: its text is appended to the master source, where later definitions win.
``mutants.toml`` and ``variants.toml`` say what each is about; ``shared = "FOLDER"`` adds the cases of a neighbouring
folder, such as mistakes in the training of any text classifier.
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
from autograder.release import master_sources, stub_files
from autograder.release.masters import read


class Kind(StrEnum):
    """What a case is, and so what its grade has to be."""

    SOLUTION = "solution"  # all points
    STUB = "stub"  # none
    VARIANT = "variant"  # all points
    MUTANT = "mutant"  # loses points in one task alone, and is named

    @property
    def is_correct(self) -> bool:
        """Whether it has to get all points."""
        return self in (Kind.SOLUTION, Kind.VARIANT)


@dataclass(frozen=True)
class Case:
    """A submission with a known grade.

    Attributes:
        files: Text of each module, by file name.
        frameworks: Where it differs from the solution; the others need no grading.
        task: The only task in which a mutant may lose points.
        misconception: The key by which its feedback has to name a mutant; the keys, with ``+`` between, of several.
        skips: Tasks whose checks a mutant may make impossible: they are skipped then, and not judged wrong.
        together: Numbers of the checks that one mistake in the model may fail: its count, its outputs, the twins.
        also: Numbers of checks that this mutant may fail besides.
    """

    kind: Kind
    name: str
    files: Mapping[str, str]
    frameworks: tuple[Framework, ...] = tuple(Framework)
    task: str = ""
    misconception: str = ""
    skips: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


def cases(assignment: Assignment, solution: Path) -> list[Case]:
    """All cases of an assignment, the solution first.

    Raises:
        AssignmentError: A folder without an entry, an entry without a folder, a framework without a file, an entry
            that lacks something or says what nobody knows.
    """
    masters = master_sources(solution, assignment.modules.values())
    return [
        *solution_and_stub(assignment, solution),
        *_overlaid_all(_Variant, assignment, solution, masters),
        *_overlaid_all(_Mutant, assignment, solution, masters),
    ]


def solution_and_stub(assignment: Assignment, solution: Path) -> list[Case]:
    """The two cases without which nothing may be handed out.

    Raises:
        AssignmentError: A master source is missing or wrong.
    """
    modules = assignment.modules.values()
    return [
        Case(Kind.SOLUTION, "solution", master_sources(solution, modules)),
        Case(Kind.STUB, "stub", stub_files(solution, modules)),
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
    skips: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    misconception: str = Field(min_length=1)


_Entry = _Variant | _Mutant


def _overlaid_all(form: type[_Entry], assignment: Assignment, solution: Path, masters: Mapping[str, str]) -> list[Case]:
    entries, shared, together = _entries(solution, form, assignment)
    own = [_overlaid(entry, assignment, solution, masters, together) for entry in entries]
    return own if shared is None else [*_overlaid_all(form, assignment, solution.parent / shared, masters), *own]


def _entries(
    solution: Path, form: type[_Entry], assignment: Assignment
) -> tuple[list[_Entry], str | None, tuple[str, ...]]:
    """The entries of one table, the neighbouring folder that it shares cases with, and what stands under `together`."""
    table = solution / f"{form.kind}s" / f"{form.kind}s.toml"
    if not table.is_file():
        return [], None, ()
    try:
        raw = tomllib.loads(read(table))
    except tomllib.TOMLDecodeError as error:
        raise AssignmentError(f"{table}: not TOML: {error}") from error
    shared, found, together = raw.get("shared"), raw.get(form.kind.value, []), raw.get("together", [])
    if raw.keys() - {form.kind.value, "shared", "together"} or not isinstance(found, list):
        raise AssignmentError(f"{table}: holds something else than [[{form.kind}]] tables, `shared` and `together`")
    if not (isinstance(together, list) and all(isinstance(number, str) for number in together)):
        raise AssignmentError(f"{table}: together = {together!r} is no list of checks' numbers")
    if shared is not None and not (isinstance(shared, str) and (solution.parent / shared).is_dir()):
        raise AssignmentError(f"{table}: shared = {shared!r} is no folder in {solution.parent}")
    entries = [_entry(table, form, entry, assignment) for entry in found]
    listed = {entry.name for entry in entries}
    there = {folder.name for folder in table.parent.iterdir() if folder.is_dir() and folder.name != "__pycache__"}
    if listed != there:
        raise AssignmentError(f"{table}: entries and folders differ in {', '.join(sorted(listed ^ there))}")
    return entries, shared, tuple(together)


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


def _overlaid(
    entry: _Entry, assignment: Assignment, solution: Path, masters: Mapping[str, str], together: tuple[str, ...]
) -> Case:
    folder = solution / f"{entry.kind}s" / entry.name
    overlays = {f"{assignment.modules[f.value]}.py": read(folder / f"{f.value}.py") for f in entry.frameworks}
    files = {name: f"{text}\n\n{overlays[name]}" if name in overlays else text for name, text in masters.items()}
    if isinstance(entry, _Mutant):
        return Case(
            entry.kind, entry.name, files, entry.frameworks, entry.task, entry.misconception, entry.skips,
            together, entry.also,
        )  # fmt: skip
    return Case(entry.kind, entry.name, files, entry.frameworks)
