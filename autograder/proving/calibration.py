"""Runs of the references in a file: what they were made with, so that they can be shown, and continued, later."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from autograder.blueprint import Framework
from autograder.errors import AssignmentError
from autograder.grading.fingerprints import installed
from autograder.proving.calibrate import Run, Untrained
from autograder.reporters.write import write_atomically

SCHEMA = "autograder-calibration/1"
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Calibration:
    """All runs of one table.

    Attributes:
        runs: Those that are done.
        untrained: Models that no run belongs to.
        versions: Of what the runs depend on, by package.
        machine: What they ran on, in words; CPU and wall seconds are this machine's.
        started: When the first call began, as ISO 8601.
    """

    runs: tuple[Run, ...] = ()
    untrained: tuple[Untrained, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: str = ""
    started: str = ""

    def with_run(self, run: Run) -> Self:
        return replace(self, runs=(*self.runs, run))

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises:
            InternalError: It can't be written.
        """
        write_atomically(path, json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1, allow_nan=False) + "\n")


def begun() -> Calibration:
    """One without runs, made here and now."""
    versions, machine = here()
    return Calibration((), (), versions, machine, datetime.now(UTC).isoformat(timespec="seconds"))


def here() -> tuple[dict[str, str], str]:
    """Versions of what results depend on, by package, and this machine in words."""
    return installed(), f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"


def load_calibration(path: Path) -> Calibration:
    """Read what :meth:`Calibration.save` wrote.

    Raises:
        AssignmentError: There is no such file, or it is something else.
    """
    return read_kept(path, SCHEMA, _calibration, "calibrate --out")


def read_kept(path: Path, schema: str, read: Callable[[dict[str, Any]], Kept], command: str) -> Kept:
    """What a command of this package has kept in a file.

    Args:
        path: The file.
        schema: Of its content.
        read: Makes something of the content.
        command: Which command writes such files, for whoever hands over another one.

    Raises:
        AssignmentError: There is no such file, or it is something else.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["schema"] != schema:
            raise AssignmentError(f"{path} is of another schema, {raw['schema']!r}; this version reads {schema}")
        return read(raw)
    except OSError as error:
        raise AssignmentError(f"{path} can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise AssignmentError(f"{path} is no file that `autograder {command}` wrote") from error


def _calibration(raw: dict[str, Any]) -> Calibration:
    runs = tuple(Run(**{**run, "framework": Framework(run["framework"])}) for run in raw["runs"])
    untrained = tuple(Untrained(**{**one, "framework": Framework(one["framework"])}) for one in raw["untrained"])
    return Calibration(runs, untrained, raw["versions"], raw["machine"], raw["started"])


def continued(path: Path) -> Calibration:
    """The runs that the file has already, to go on with; none where there is no file yet.

    Raises:
        AssignmentError: The file is something else, or its runs were made with other versions or elsewhere.
    """
    now = begun()
    if not path.exists():
        return now
    before = load_calibration(path)
    names = sorted({*before.versions, *now.versions})
    differs = [f"{n} {before.versions.get(n, 'none')}" for n in names if before.versions.get(n) != now.versions.get(n)]
    if before.machine != now.machine:
        differs.append(before.machine)
    if differs:
        made = ", ".join(differs)
        raise AssignmentError(f"the runs in {path} were made with {made}; here is something else: choose another file")
    return before
