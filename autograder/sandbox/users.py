"""A user of its own for each worker, borrowed for as long as the grading lasts.

The system knows nothing of these users: they are numbers that no account and no process has. Gradings run side by side,
so a number is locked: a byte of one file that only root can open, by a lock that ends with the process that holds it.
"""

from __future__ import annotations

import fcntl
import grp
import os
import platform
import pwd
import random
import struct
import tempfile
from pathlib import Path
from typing import Final

import psutil

from autograder.sandbox.policy import runtime_paths

FIRST_UID: Final = 20000  # far from people and system services, and inside the 65,536 of a rootless container
UIDS: Final = 40000
LOCKS: Final = "autograder-users"


class SpareUser:
    """A user that nobody else is until :meth:`release`.

    Attributes:
        uid: Its number, also that of its only group; None where there is none to be had.
        why: The reason for there being none; else empty.
    """

    def __init__(self, uid: int | None, why: str = "", lock: int | None = None) -> None:
        self.uid = uid
        self.why = why
        self._lock = lock

    def release(self) -> None:
        """Let others have it."""
        self.uid = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def borrow_user() -> SpareUser:
    """A user for a worker; without one (``uid`` is None) where this process may not change users, or had better not."""
    if platform.system() != "Linux" or os.geteuid() != 0:
        return SpareUser(None, "needs to be started as root")
    closed = next((p for p in runtime_paths() if not readable_by_others(Path(p))), None)
    if closed is not None:
        return SpareUser(
            None, f"another user could not read {closed}: install Python and the environment outside private folders"
        )
    try:
        lock = _open_locks()
    except OSError as error:
        return SpareUser(None, f"there is no place for its lock: {error}")
    running = {uid for process in psutil.process_iter(["uids"]) if (uid := _real_uid(process)) is not None}
    # A random start, so that a number isn't used again soon.
    start = random.randrange(UIDS)  # noqa: S311 - no secret
    for uid in (FIRST_UID + (start + step) % UIDS for step in range(UIDS)):
        # Locks first, since a directory service takes its time; that of an account is of no use, and harms nobody.
        if uid not in running and _locked(lock, uid) and not _is_account(uid):
            return SpareUser(uid, lock=lock)
    os.close(lock)
    return SpareUser(None, "no unused user id is left")


def readable_by_others(path: Path) -> bool:
    """Whether a user without any privilege can get at ``path``: every folder above it lets others through."""
    if str(path).startswith("/proc"):
        return True
    parents_open = all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)
    wanted = 0o005 if path.is_dir() else 0o004
    return parents_open and (path.stat().st_mode & wanted) == wanted


def _open_locks() -> int:
    base = Path("/run") if os.access("/run", os.W_OK) else Path(tempfile.gettempdir())
    folder = base / LOCKS
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != 0 or found.st_mode & 0o077 or folder.is_symlink():
        raise PermissionError(f"{folder} is not root's alone")
    return os.open(folder / "locks", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _locked(lock: int, uid: int) -> bool:
    # An OFD lock (fcntl(2)): it belongs to this one opening of the file, so two in one process exclude each other too.
    record = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, uid, 1, 0)
    try:
        fcntl.fcntl(lock, fcntl.F_OFD_SETLK, record)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _is_account(number: int) -> bool:
    # Asked one by one: where accounts come from a directory service, a list of all of them is often empty.
    for known in (pwd.getpwuid, grp.getgrgid):
        try:
            known(number)
        except KeyError:
            continue
        return True
    return False


def _real_uid(process: psutil.Process) -> int | None:
    uids = process.info["uids"]  # set by process_iter; None where it may not be read
    return None if uids is None else int(uids.real)
