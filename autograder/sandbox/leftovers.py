"""Removes what a worker may have left: files in folders that everybody may write to, and folders of any shape."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

from autograder.sandbox import linux

SHARED_FOLDERS: Final = ("/dev/shm", "/tmp", "/var/tmp", "/dev/mqueue")  # noqa: S108 - where others may leave things

LONG_PATH: Final = 2000  # characters, far below the 4,096 bytes that a path may have


def wipe_files_of(uid: int) -> None:
    """Remove what a user owns in the shared folders, and its System V memory, queues and semaphores."""
    for folder in SHARED_FOLDERS:
        for entry in _entries(folder):
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid == uid:
                    remove_tree(Path(entry.path))
    linux.remove_ipc_of(uid)


def remove_tree(path: Path) -> None:
    """Remove a file or folder whatever it is: thousands of levels deep, without permissions, with odd names.

    Nobody may be writing to it any more. What can't be removed stays.
    """
    if path.is_symlink() or not path.is_dir():
        _try(os.unlink, path)
        return
    top = os.fspath(path)
    _try(os.chmod, top, 0o700)
    waiting, seen = [top], []
    while waiting:
        folder = waiting.pop()
        seen.append(folder)
        for entry in _entries(folder):
            if entry.is_dir(follow_symlinks=False):
                waiting.append(_opened(entry, top))
            else:
                _try(os.unlink, entry.path)
    for folder in reversed(seen):
        _try(os.rmdir, folder)


def _opened(entry: os.DirEntry[str], top: str) -> str:
    """Open a folder to us, and move it up to the top where its path gets too long: so that nothing recurses."""
    _try(os.chmod, entry.path, 0o700)
    if len(entry.path) < LONG_PATH:
        return entry.path
    target = f"{top}/{uuid.uuid4().hex}"
    _try(os.rename, entry.path, target)
    return target


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _try(action: Callable[..., object], *arguments: object) -> None:
    with contextlib.suppress(OSError):
        action(*arguments)
