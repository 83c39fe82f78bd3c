"""Text files: UTF-8 with or without a byte order mark, and nothing that would have to be guessed."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from pathlib import Path

from autograder.errors import AssignmentError


def read_lines(path: Path, *, published_as: str = "") -> list[str]:
    """The lines of a text file, without their ends.

    Args:
        path: The file.
        published_as: The encoding in which such a file is known to come where it isn't UTF-8. It is the whole file's.

    Raises:
        AssignmentError: The file isn't there, can't be read, or is in another encoding: whoever wrote it knows which.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise AssignmentError(f"{path}: no such file; {_neighbours(path)}") from error
    except OSError as error:
        raise AssignmentError(f"{path}: can't be read ({error.strerror}); give the path of a text file") from error
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise AssignmentError(f"{path}: the file is UTF-16; save it as UTF-8")
    lines = content.removeprefix(codecs.BOM_UTF8).splitlines()
    try:
        return [line.decode("utf-8") for line in lines]
    except UnicodeDecodeError as error:
        if published_as:
            return [line.decode(published_as) for line in lines]
        raise AssignmentError(_not_utf8(path, lines)) from error


def _not_utf8(path: Path, lines: Sequence[bytes]) -> str:
    number = next(number for number, line in enumerate(lines, 1) if not _is_utf8(line))
    return (
        f"{path}, line {number}: the file isn't UTF-8; it may be Latin-1 or Windows-1252, which can't be told apart:"
        " open it in the program that wrote it, and save it as UTF-8"
    )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _neighbours(path: Path) -> str:
    if not path.parent.is_dir():
        return f"there is no folder {path.parent} either"
    names = sorted(entry.name for entry in path.parent.iterdir() if not entry.name.startswith("."))
    return f"the folder holds {', '.join(names[:8])}" if names else "the folder is empty"
