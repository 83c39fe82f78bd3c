"""Temporary folders that a later grading removes where this one couldn't: a grader that is killed cleans nothing up."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path
from typing import Final, Self

from autograder.sandbox.leftovers import remove_tree

PREFIX: Final = "autograder-grading-"


class Place:
    """A temporary folder, until :meth:`close`; also a context manager.

    It is locked (flock(2)) as long as its process lives, however that ends and in whatever container it runs: a process
    id alone says nothing across containers that share ``/tmp``.
    """

    def __init__(self, what: str) -> None:
        """Make it. ``what`` it is for becomes part of its name."""
        made = Path(tempfile.mkdtemp(prefix=f".{PREFIX}{what}-"))
        self._lock = os.open(made, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.path = made.rename(made.with_name(made.name[1:]))  # from now on it may be swept: not before it is locked

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove it with all that is in it."""
        if self._lock >= 0:
            remove_tree(self.path)
            os.close(self._lock)
            self._lock = -1


def sweep() -> list[Path]:
    """Remove the places of graders that are dead; returns what was removed.

    Only folders of this user's own, by their name, that nobody has locked; no link is followed.
    """
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        found = [Path(entry.path) for entry in entries if entry.name.startswith(PREFIX)]
        return [path for path in found if _swept(path)]
    return []


def _swept(path: Path) -> bool:
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        if os.fstat(folder).st_uid != os.geteuid():
            return False
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # its grader lives
        return False
    else:
        remove_tree(path)
        return not path.exists()
    finally:
        os.close(folder)
