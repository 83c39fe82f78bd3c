"""Looks into folders that belong to a student's process, which may be changing them at that very moment.

Nothing here follows a link, recurses, or opens a file; what vanishes meanwhile is passed over.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from autograder.errors import Finding, SubmissionError
from autograder.student.values import plain

MOST_FILES: Final = 20_000
MOST_NAMES: Final = 20
MOST_LEVELS: Final = 400  # the kernel goes down a path from its beginning each time: deep trees take minutes to look at


class TooDeep(Exception):
    """Folders lie in each other further down than anybody looks."""


@dataclass(frozen=True)
class Contents:
    """What a folder holds.

    Attributes:
        names: Of its entries, sorted; the first 20.
        size: Bytes of all regular files in it, however deep.
    """

    names: tuple[str, ...]
    size: int


def contents(folder: Path) -> Contents:
    """What a student's function left in a folder that it was given.

    Raises:
        SubmissionError: It is no folder any more, holds more than 20,000 files, or folders more than 400 deep.
    """
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise SubmissionError(Finding("The folder that save was given is gone.", details=str(error))) from error
    try:
        names = sorted(os.listdir(opened))[:MOST_NAMES]  # noqa: PTH208 - an open folder has no path
    finally:
        os.close(opened)
    return Contents(tuple(plain(name, 100) for name in names), _size(folder))


def _size(folder: Path) -> int:
    size = 0
    try:
        for number, status in enumerate(walk(folder)):
            if number >= MOST_FILES:
                raise SubmissionError(Finding(f"save leaves more than {MOST_FILES:,} files."))
            size += status.st_size if stat.S_ISREG(status.st_mode) else 0
    except TooDeep:
        raise SubmissionError(Finding(f"save leaves folders that lie more than {MOST_LEVELS} deep.")) from None
    return size


def walk(folder: Path | str) -> Iterator[os.stat_result]:
    """The status of everything below a folder, links as links.

    Raises:
        TooDeep: A folder lies more than 400 levels down.
    """
    waiting = [(os.fspath(folder), 0)]
    while waiting:
        here, level = waiting.pop()
        if level > MOST_LEVELS:
            raise TooDeep
        for entry, status in listed(here):
            if stat.S_ISDIR(status.st_mode):
                waiting.append((entry.path, level + 1))
            yield status


def listed(folder: str) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    """Entries of one folder with their status; none where it can't be read."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                yield entry, entry.stat(follow_symlinks=False)
