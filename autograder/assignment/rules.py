"""Rules that span several tables of a declaration. Each yields the problems that it finds.

A rule gets the tables that are sound in themselves, by key, so that one mistake doesn't hide another.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from autograder.assignment.blueprints import load_function
from autograder.assignment.models import Data, Limits
from autograder.assignment.problems import Problem
from autograder.assignment.sizes import Model, broken_sizes
from autograder.errors import AssignmentError

Tables = Mapping[str, Any]
Rule = Callable[[Tables], Iterator[Problem]]


def broken_rules(tables: Tables, folder: Path, *, has_data: bool) -> list[Problem]:
    """All problems but those of data files, whose place may be overridden (see :func:`broken_files`).

    Args:
        tables: The declaration's sound tables.
        folder: Where the blueprint lies.
        has_data: Whether there is a table of data, sound or not.
    """
    rules: tuple[Rule, ...] = (_points, _task_numbers, _modules, _overrides, _data, _limits)
    found = [problem for rule in rules for problem in rule(tables)]
    return [*found, *_model(tables, folder, has_data=has_data)]


def _points(tables: Tables) -> Iterator[Problem]:
    if "points" in tables and "tasks" in tables:
        total = sum(task.points for task in tables["tasks"])
        if abs(total - tables["points"]) > 1e-9:
            yield Problem(("points",), f"the tasks add up to {total:g} points, not to {tables['points']:g}")


def _task_numbers(tables: Tables) -> Iterator[Problem]:
    if "tasks" in tables and not tables["tasks"]:
        yield Problem(("tasks",), "tasks is empty")
    seen: set[int] = set()
    for index, task in enumerate(tables.get("tasks", ())):
        if task.number in seen:
            yield Problem(("tasks", index, "number"), f"a second task has the number {task.number}")
        seen.add(task.number)


def _modules(tables: Tables) -> Iterator[Problem]:
    modules = tables.get("modules", {"keras": "k", "torch": "t"})
    for framework in {"keras", "torch"} - modules.keys():
        yield Problem(("modules",), f"modules lacks {framework!r}: students write the model in both frameworks")
    if modules.get("keras") == modules.get("torch"):
        yield Problem(("modules", "torch"), "both frameworks have the same module")


def _overrides(tables: Tables) -> Iterator[Problem]:
    tasks = {str(task.number): task for task in tables.get("tasks", ())}
    for table in ("weights", "visibility"):
        for number in tables.get(table, {}):
            if not re.fullmatch(r"[1-9]\d*\.[1-9]\d*", number):
                yield Problem((table, number), f"{table}: {number!r} is no check's number, such as '2.3'")
            elif tasks and number.split(".")[0] not in tasks:
                yield Problem((table, number), f"{table}: {number!r} belongs to no task; tasks are {', '.join(tasks)}")


def _data(tables: Tables) -> Iterator[Problem]:
    data: Data | None = tables.get("data")
    if data is None:
        return
    if data.source == "builtin":
        for key in ("path", "sha256"):
            if getattr(data, key):
                yield Problem(("data", key), f"data.{key}: the built-in data has no files")
        for key in ("train", "test"):
            if getattr(data, key) is None:
                yield Problem(("data",), f"data lacks {key!r}: how many built-in texts to {key} with")
    elif data.path is None:
        yield Problem(("data",), f"data lacks 'path': where the {data.source} data lies")


def _limits(tables: Tables) -> Iterator[Problem]:
    limits: Limits = tables.get("limits", Limits())
    for key in ("import_seconds", "call_seconds", "fit_seconds"):
        if getattr(limits, key) > limits.total_seconds:
            message = f"{getattr(limits, key):g} s is more than a whole submission's {limits.total_seconds:g} s"
            yield Problem(("limits", key), f"limits.{key}: {message}")
    if limits.total_seconds > 60 * limits.run_minutes:
        message = f"{limits.total_seconds:g} s is more than a whole run's {limits.run_minutes:g} minutes"
        yield Problem(("limits", "total_seconds"), f"limits.total_seconds: {message} (limits.run_minutes)")


def _model(tables: Tables, folder: Path, *, has_data: bool) -> Iterator[Problem]:
    if "blueprint" not in tables:
        return
    try:
        make = load_function(*blueprint_place(folder, tables["blueprint"]))
    except AssignmentError as error:
        yield Problem(("blueprint",), f"blueprint: {error}")
        return
    yield from broken_sizes(Model(make, has_data=has_data), tables)


def blueprint_place(folder: Path, blueprint: str) -> tuple[Path, str]:
    """File and function of ``blueprint.py:text_cnn``."""
    file, _, name = blueprint.partition(":")
    if not (file and name.isidentifier()):
        raise AssignmentError(f"must be a file and a function, such as 'blueprint.py:text_cnn', not {blueprint!r}")
    return folder / file, name


def broken_files(data: Data | None, folder: Path) -> Iterator[Problem]:
    """Local data that isn't there, or isn't what its checksum says."""
    if data is None or data.path is None or data.source == "builtin":
        return
    path = folder / data.path
    if not path.exists():
        yield Problem(
            ("data", "path"), f"data.path: there is no {path}; `--data {data.source}=PATH` names another place"
        )
        return
    for name, wanted in data.sha256.items():
        file = (path if path.is_dir() else path.parent) / name
        if not file.is_file():
            yield Problem(("data", "sha256", name), f"data.sha256: there is no file {file}")
        elif (found := hashlib.sha256(file.read_bytes()).hexdigest()) != wanted:
            yield Problem(
                ("data", "sha256", name), f"data.sha256: {name} has the checksum {found}: it isn't the same file"
            )
