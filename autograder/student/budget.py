"""What a worker and all that it started use together, looked at while it works.

The kernel's own limits are per process and per file; many processes or files, each within them, are stopped here.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
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
    most = policy.memory_mb * MIB
    # The exact count takes milliseconds, and so is made only where it may matter.
    if sum(map(processes.resident, family)) > most and processes.memory(family) > most:
        return Excess(f"{policy.memory_mb:,} MB of memory")
    try:
        return _files(family, policy)
    except TooDeep:
        return Excess(f"{MOST_LEVELS} folders inside each other")


def _files(family: set[int], policy: Policy) -> Excess | None:
    total = 0
    for number, size in enumerate(chain(_sizes(policy), *map(_removed_but_open, family))):
        total += size
        if number >= MOST_FILES:
            return Excess(f"{MOST_FILES:,} files")
        if total > policy.scratch_mb * MIB:
            return Excess(f"{policy.scratch_mb:,} MB of disk")
    return None


def _removed_but_open(pid: int) -> Iterator[int]:
    """Bytes of each file that has no name any more, and lives on as long as this process keeps it open."""
    with contextlib.suppress(OSError), os.scandir(f"/proc/{pid}/fd") as opened:  # it is gone, or not Linux
        for entry in opened:
            with contextlib.suppress(OSError):
                status = entry.stat()
                if status.st_nlink == 0 and stat.S_ISREG(status.st_mode):
                    yield status.st_blocks * 512


def _sizes(policy: Policy) -> Iterator[int]:
    """Bytes that each file takes, in the scratch folder and in the memory folder."""
    yield from (status.st_blocks * 512 for status in walk(policy.scratch))
    if policy.uid is not None:
        yield from (status.st_blocks * 512 for _, status in listed(MEMORY_FOLDER) if status.st_uid == policy.uid)
