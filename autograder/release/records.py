"""``NAME-release.json``: what was released, so that months later it can be said which bytes students had."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from autograder.assignment import Assignment
from autograder.errors import AssignmentError
from autograder.release.bundles import Bundle, read_file

SCHEMA = "autograder-release/1"
_NAMED = ("keras", "tensorflow", "tensorflow-cpu", "torch")


def record(
    assignment: Assignment,
    version: str,
    lock: bytes,
    archives: Mapping[str, bytes],
    folders: Mapping[str, Bundle],
    verified: Mapping[str, Any] | None,
) -> str:
    """The record as JSON. It holds no time: the same input gives the same record.

    Args:
        assignment: What was released.
        version: The framework's.
        lock: ``requirements.lock``, from which the frameworks' versions are taken.
        archives: Content of each archive, by name.
        folders: Files of each folder, by name.
        verified: The verification's record; None where there is none.
    """
    told = {
        "schema": SCHEMA,
        "assignment": assignment.name,
        "title": assignment.title,
        "points": assignment.points,
        "versions": {"autograder": version, **_versions(lock)},
        "archives": {name: _described(data) for name, data in sorted(archives.items())},
        "folders": {
            name: {path: _described(file.data) for path, file in sorted(bundle.items())}
            for name, bundle in sorted(folders.items())
        },
        "verified": verified,
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def read_verified(file: Path | None) -> Mapping[str, Any] | None:
    """What the verification left; None where there is nothing.

    Raises:
        AssignmentError: It isn't a JSON object.
    """
    if file is None or not file.is_file():
        return None
    try:
        found = json.loads(read_file(file).data)
    except ValueError as error:
        raise AssignmentError(f"{file} isn't JSON: {error}; verify the assignment again") from error
    if not isinstance(found, dict):
        raise AssignmentError(f"{file} isn't a JSON object; verify the assignment again")
    return found


def _described(data: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def _versions(lock: bytes) -> dict[str, str]:
    """Versions of the frameworks, as the lock pins them, whatever is installed on this machine."""
    found = {}
    for line in lock.decode("utf-8").splitlines():
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            continue  # a comment, or an option
        if wanted.name in _NAMED:
            found[wanted.name] = str(wanted.specifier).removeprefix("==")
    return found
