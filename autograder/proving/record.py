"""The record of a verification: what was graded, with which outcome, and whether it still speaks of what is there."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from autograder.grading.fingerprints import PACKAGE, VERIFICATION, content_hash
from autograder.proving.calibration import here, read_kept
from autograder.proving.verify import Verdict
from autograder.reporters.write import write_atomically

SCHEMA: Final = "autograder-verification/1"
NAME: Final = VERIFICATION  # beside the solution
OF_ONE_CASE: Final = frozenset({"mutants", "variants"})


@dataclass(frozen=True)
class Record:
    """What a verification found.

    Attributes:
        assignment: Its name.
        right: Whether every grade was right and nothing else was found wrong.
        fingerprint: Of all files that the grades depend on.
        when: As ISO 8601.
        cases: How many were graded.
    """

    assignment: str
    right: bool
    fingerprint: str
    when: str
    cases: int


def fingerprint(folders: Iterable[Path], without: Collection[str] = ()) -> str:
    """SHA-256 over names and bytes of the files in these folders and of the framework package's own.

    Args:
        folders: Where they are; a file stands for itself.
        without: Names of files and folders that don't count.
    """
    return content_hash([*folders, PACKAGE], without)


def write_record(
    path: Path, assignment: str, found: str, verdicts: Sequence[Verdict], problems: Sequence[str], **call: Any
) -> None:
    """Write the record, whole or not at all.

    Args:
        path: Where.
        assignment: Its name.
        found: The fingerprint of what was graded, taken before the first grade.
        verdicts: Of every case.
        problems: What was found wrong besides single grades.
        call: What the grades depend on besides files: ``data``, ``seed``.
    """
    right = not problems and not any(verdict.problems for verdict in verdicts)
    versions, machine = here()
    raw = {
        "schema": SCHEMA,
        "assignment": assignment,
        "right": right,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "fingerprint": found,
        "versions": versions,
        "machine": machine,
        **call,
        "problems": list(problems),
        "cases": [_told(verdict) for verdict in verdicts],
    }
    write_atomically(path, json.dumps(raw, indent=1, allow_nan=False) + "\n")


def read_record(path: Path) -> Record:
    """Read what :func:`write_record` wrote.

    Raises:
        AssignmentError: There is no such file, or it is something else.
    """
    return read_kept(path, SCHEMA, _record, "verify")


def doubt(path: Path, folders: Iterable[Path]) -> str:
    """Why an assignment can't be called verified by this record; empty where it can.

    Args:
        path: The record.
        folders: What its fingerprint was taken of.
    """
    if not path.is_file():
        return "it was never verified as a whole"
    record = read_record(path)
    if not record.right:
        return f"the verification of {record.when} found something wrong"
    if record.fingerprint != fingerprint(folders):
        return f"files have changed since it was verified ({record.when})"
    return ""


def _record(raw: Mapping[str, Any]) -> Record:
    return Record(raw["assignment"], raw["right"] is True, raw["fingerprint"], raw["when"], len(raw["cases"]))


def _told(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.case.name,
        "kind": verdict.case.kind.value,
        "frameworks": [framework.value for framework in verdict.case.frameworks],
        "score": verdict.score,
        "max_score": verdict.max_score,
        "lost": list(verdict.lost),
        "lost_by_its_own_check": verdict.own,
        "lost_in_all": verdict.lost_in_all,
        "named": list(verdict.named),
        "problems": list(verdict.problems),
    }
