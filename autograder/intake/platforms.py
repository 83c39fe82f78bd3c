"""What learning platforms and browsers make of the names that students gave their files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

# Each with who handed in, and what is left of the file's own name.
_PLATFORMS: Final = (
    re.compile(r"(?P<who>.+?_\d+)_assignsubmission_(?:file|onlinetext)_?(?P<name>.*)"),  # Moodle: folder, or flat
    re.compile(r"(?:LATE_)?(?P<who>[^\W_]+(?:_LATE)?_\d+)_\d+_(?P<name>.+)"),  # Canvas, and its anonymous assignments
    re.compile(r"(?P<who>.+?)_attempt_\d{4}(?:-\d\d){5}_?(?P<name>.*)"),  # Blackboard
    re.compile(r"(?P<who>submission_\d+)(?P<name>)"),  # Gradescope's export
)
_COUNTER: Final = re.compile(r"(?:-\d+|\s*\(\d+\))+(?=\.py$)")  # Canvas' resubmission, a browser's second download
_VERSION: Final = re.compile(
    r"(?:^|[\W_])(?:v|version|try|attempt|draft|part)?[\s_-]*\d+(?:$|[\W_])"
    r"|(?:^|[\W_])(?:old|new|draft|final|backup|copy|kopie|orig|original|version|solution|submission)(?:$|[\W_])",
    re.IGNORECASE,
)


def are_versions(names: Sequence[str]) -> bool:
    """Whether folders, by their names, are states of one student's work (``v1`` and ``v2``), not several students'."""
    if any(map(who, names)):
        return False
    return sum(bool(_VERSION.search(name)) for name in names) >= len(names) - 1


def who(name: str) -> str:
    """Whose a file or folder is by the name that a platform gave it; empty where it has none."""
    found = _match(name)
    return found["who"].replace("_LATE", "") if found else ""


def own_name(name: str) -> str:
    """The name that a file had before a platform and a browser had it."""
    found = _match(name)
    return _COUNTER.sub("", (found["name"] if found else "") or name)


def _match(name: str) -> re.Match[str] | None:
    return next(filter(None, (form.fullmatch(name) for form in _PLATFORMS)), None)
