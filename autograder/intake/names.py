"""Names of files that a submission holds: which are refused, which are junk, and how one is shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from autograder.errors import Finding, SubmissionError

DEEPEST = 12  # folders within each other
LONGEST = 200  # bytes of one name, and
LONGEST_PATH = 400  # of a whole path: every file system takes that many, also below some folders of ours

# What systems and tools leave behind; nobody means to hand it in.
_JUNK_FOLDERS = frozenset(
    {"__MACOSX", ".git", ".hg", ".svn", "__pycache__", ".venv", "venv", ".tox", "node_modules", ".ipynb_checkpoints"}
    | {".autograder"}  # what `autograder check` leaves in a student's folder
    | {".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".idea", ".vscode"}
)
_JUNK_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", "Icon\r"})

_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")


def shown(name: str, longest: int = 80) -> str:
    """A name that is safe to print: control characters, direction marks and the undecodable are escaped."""
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def is_junk(parts: Sequence[str]) -> bool:
    """Whether a path belongs to a system's or a tool's own files."""
    return bool(
        _JUNK_FOLDERS.intersection(parts) or (parts and (parts[-1] in _JUNK_FILES or parts[-1].startswith("._")))
    )


def safe_parts(name: str) -> tuple[str, ...]:
    """The parts of a relative path from an archive; empty for the archive's own top folder.

    Backslashes separate too: some Windows programs write them, and as parts of names they would be a trap.

    Raises:
        SubmissionError: The path leaves the folder, or has a name that not every system can store.
    """
    path = name.replace("\\", "/")
    if path.startswith("/") or (len(path) > 1 and path[1] == ":" and path[0].isalpha()):
        raise _refused(name, "is an absolute path", "Names in an archive have to be relative, such as model.py.")
    if "\0" in path:
        raise _refused(name, "has a name with a zero byte", "Make the archive anew with another program.")
    parts = tuple(part for part in path.split("/") if part not in {"", "."})
    if ".." in parts:
        raise _refused(name, "leads out of its folder", "No name in an archive may hold `..`.")
    if parts and not is_junk(parts):
        check_parts(parts)
    return parts


def check_parts(parts: Sequence[str]) -> None:
    """Refuse a relative path that not every system can store and show.

    Raises:
        SubmissionError: It is too deep, too long, or holds characters that can't be shown.
    """
    name = "/".join(parts)
    if not all(_is_plain(c) and c != "\\" for c in name):
        rule = "Rename it: letters, digits, `_`, `-` and `.` work everywhere."
        raise _refused(name, "has a name with characters that can't be shown", rule)
    if len(parts) > DEEPEST:
        raise _refused(name, f"lies more than {DEEPEST} folders deep", "Put the files that are asked for at the top.")
    if len(name.encode()) > LONGEST_PATH or max(len(part.encode()) for part in parts) > LONGEST:
        raise _refused(name, "has too long a name", f"Keep to {LONGEST} bytes, and {LONGEST_PATH} with its folders.")


def _is_plain(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"} and character not in _BIDI


def _refused(name: str, what: str, advice: str) -> SubmissionError:
    return SubmissionError(Finding(f"The submission can't be opened: {shown(name)} {what}.", advice=advice))
