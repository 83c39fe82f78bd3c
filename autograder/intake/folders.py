"""Reading a folder that a stranger filled."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from autograder.intake.entries import MOST_ENTRIES, Entry
from autograder.intake.kinds import refused
from autograder.intake.names import check_parts, is_junk, shown


def folder_entries(root: Path) -> Iterator[Entry]:
    """The files below ``root``, in the order of their names; junk and links are left out, and no link is followed.

    Raises:
        SubmissionError: It holds what can't be read, or devices, pipes and the like.
    """
    waiting: list[tuple[str, ...]] = [()]
    seen = 0
    while waiting:
        above = waiting.pop()
        for item in _listing(root, above):
            seen += 1
            if seen > MOST_ENTRIES:
                raise refused(f"{shown(root.name)} has more than {MOST_ENTRIES} files and folders.", "Leave out data.")
            parts = (*above, item.name)
            if is_junk(parts) or item.is_symlink():
                continue
            check_parts(parts)
            if item.is_dir(follow_symlinks=False):
                waiting.append(parts)
            else:
                yield file_entry(Path(item.path), parts)


def file_entry(file: Path, parts: tuple[str, ...]) -> Entry:
    """The regular file ``file``, to be known as ``parts``."""
    status = file.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise refused(f"{shown('/'.join(parts))} is not a regular file.", "Only files and folders can be handed in.")
    return Entry(parts, status.st_size, _opener(file))


def _listing(root: Path, above: tuple[str, ...]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(root.joinpath(*above)) as items:
            return sorted(items, key=lambda item: item.name)
    except PermissionError as error:
        raise _unreadable("/".join(above) or root.name) from error


def _opener(file: Path) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        flags = (
            os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )  # it may have been swapped for a link or pipe
        try:
            return os.fdopen(os.open(file, flags), "rb")
        except PermissionError as error:
            raise _unreadable(file.name) from error

    return opened


def _unreadable(name: str) -> Exception:
    return refused(f"{shown(name)} can't be read.", f"Give yourself the right to: `chmod -R u+rwX {shown(name)}`.")
