"""Reading ``assignment.toml``: every mistake at once, each with its line."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from autograder.assignment.assignment import FILE, Assignment
from autograder.assignment.locate import line_of, locate
from autograder.assignment.problems import Problem, explain
from autograder.assignment.rules import broken_files, broken_rules
from autograder.errors import AssignmentError

_MOST_SHOWN = 120  # characters of a line that isn't TOML


def load(folder: Path, *, data: str | None = None, files: bool = True) -> Assignment:
    """Read and check an assignment's declaration.

    Args:
        folder: The folder that holds ``assignment.toml``.
        data: Other data to use, as :meth:`Assignment.with_data` takes it; the declared files then need not exist.
        files: False where only the declaration is asked for: then no data has to be there.

    Raises:
        AssignmentError: With every mistake, in the order of the file's lines.
    """
    file = folder / FILE
    text = _read(file)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AssignmentError(_syntax(file, text, error)) from error
    assignment, problems = _validate(raw, folder, check_files=files and data is None)
    if problems or assignment is None:
        raise AssignmentError(_listed(file, text, problems))
    assignment._folder = folder  # noqa: SLF001  # its own module; not a key of the file, so not a field
    return assignment.with_data(data) if data else assignment


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except OSError as error:
        raise AssignmentError(f"{file} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise AssignmentError(f"{file} isn't UTF-8: {error.reason} at byte {error.start}") from error


def _syntax(file: Path, text: str, error: tomllib.TOMLDecodeError) -> str:
    """``Expected '=' ... (at line 3, column 5)`` with the line where a compiler would put it, and what stands there."""
    reason, _, place = str(error).rpartition(" (at ")
    line = place.removeprefix("line ").split(",")[0]
    if line.isdigit():
        written = text.split("\n")[int(line) - 1].strip()
        return f"{file}:{line}: not TOML: {reason}" + (f": {written[:_MOST_SHOWN]}" if written else "")
    return f"{file}: not TOML: {error}"


def _validate(raw: dict[str, Any], folder: Path, *, check_files: bool) -> tuple[Assignment | None, list[Problem]]:
    try:
        assignment = Assignment.model_validate(raw)
        problems, tables = [], dict(assignment)
    except ValidationError as error:
        assignment, problems = None, explain(error, Assignment)
        tables = _sound_tables(raw, {str(problem.path[0]) for problem in problems if problem.path})
    problems += broken_rules({k: v for k, v in tables.items() if v is not None}, folder, has_data="data" in raw)
    if check_files:
        problems += broken_files(tables.get("data"), folder)
    return assignment, problems


def _sound_tables(raw: dict[str, Any], faulty: set[str]) -> dict[str, Any]:
    """The tables in which validation found nothing wrong, so that the rules can speak about them."""
    fields = {name: field for name, field in Assignment.model_fields.items() if name in raw and name not in faulty}
    tables = {}
    for name, field in fields.items():
        adapter: TypeAdapter[Any] = TypeAdapter(field.annotation)  # type: ignore[arg-type]  # all fields are annotated
        tables[name] = adapter.validate_python(raw[name], strict=False)  # strictly validated before
    if isinstance(raw.get("sizes"), dict):
        tables["sizes"] = raw["sizes"]  # its names can be checked even where a value is wrong
    return tables


def _listed(file: Path, text: str, problems: list[Problem]) -> str:
    lines = locate(text)
    placed = sorted({(line_of(lines, p.path), p.message) for p in problems})
    entries = [f"{file}:{line}: {message}" for line, message in placed]
    return entries[0] if len(entries) == 1 else "\n  ".join([f"{len(entries)} mistakes:", *entries])
