"""What a worker and all that it started use together, looked at while it works.

The kernel's own limits are per process and per file; many processes or files, each within them, are stopped here.
"""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from autograder.sandbox import processes
from autograder.sandbox.policy import Policy
from autograder.student.folders import MOST_FILES, MOST_LEVELS, TooDeep, listed, walk

MIB: Final = 2**20
MOST_PROCESSES: Final = 64
MEMORY_FOLDER: Final = "/dev/shm"  # noqa: S108 - POSIX's name; files there take memory, in no process's account


@dataclass(frozen=True)
class Excess:
    """More than is allowed. ``what`` completes "it used more than"."""

    what: str


def excess(family: set[int], policy: Policy) -> Excess | None:
    """What these processes use too much of; None if nothing.

    Args:
        family: Process ids of the worker and all that it started.
        policy: Its bounds, its scratch folder and its user.
    """
    if len(family) > MOST_PROCESSES:  # before looking at each of them, which in a bomb's midst takes minutes
        return Excess(f"{MOST_PROCESSES} processes")
    if sum(map(processes.memory, family)) > policy.memory_mb * MIB:
        return Excess(f"{policy.memory_mb:,} MB of memory")
    try:
        return _files(family, policy)
    except TooDeep:
        return Excess(f"{MOST_LEVELS} folders inside each other")


def _files(family: set[int], policy: Policy) -> Excess | None:
    total = 0
    for number, size in enumerate(_sizes(policy)):
        total += size
        if number >= MOST_FILES:
            return Excess(f"{MOST_FILES:,} files")
        if total > policy.scratch_mb * MIB:
            return Excess(f"{policy.scratch_mb:,} MB of disk")
    if total + sum(_nameless(family).values()) > policy.scratch_mb * MIB:
        return Excess(f"{policy.scratch_mb:,} MB of disk, in files that were deleted and are open still")
    return None


def _nameless(family: set[int]) -> dict[tuple[int, int], int]:
    """Bytes of each file that is open and in no folder any more, be it on a disk or in memory (memfd_create(2))."""
    found = {}
    for folder in (f"/proc/{pid}/fd" for pid in family):
        for entry, link in listed(folder):
            with contextlib.suppress(OSError):
                status = entry.stat() if stat.S_ISLNK(link.st_mode) else link
                if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                    found[status.st_dev, status.st_ino] = status.st_blocks * 512
    return found


def _sizes(policy: Policy) -> Iterator[int]:
    """Bytes that each file takes, in the scratch folder and in the memory folder."""
    yield from (status.st_blocks * 512 for status in walk(policy.scratch))
    if policy.uid is not None:
        yield from (status.st_blocks * 512 for _, status in listed(MEMORY_FOLDER) if status.st_uid == policy.uid)
