"""Text files as they come: UTF-8 with or without a byte order mark, with the odd byte that isn't UTF-8."""

from __future__ import annotations

import codecs
from pathlib import Path

from autograder.errors import AssignmentError


def read_lines(path: Path) -> list[str]:
    """The lines of a text file, without their ends.

    A line that isn't UTF-8 is read as Latin-1; the others stay UTF-8.

    Raises:
        AssignmentError: The file isn't there, can't be read, or is UTF-16.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise AssignmentError(f"{path}: no such file; {_neighbours(path)}") from error
    except OSError as error:
        raise AssignmentError(f"{path}: can't be read ({error.strerror}); give the path of a text file") from error
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise AssignmentError(f"{path}: the file is UTF-16; save it as UTF-8")
    return [_decoded(line) for line in content.removeprefix(codecs.BOM_UTF8).splitlines()]


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _neighbours(path: Path) -> str:
    if not path.parent.is_dir():
        return f"there is no folder {path.parent} either"
    names = sorted(entry.name for entry in path.parent.iterdir() if not entry.name.startswith("."))
    return f"the folder holds {', '.join(names[:8])}" if names else "the folder is empty"
