"""Looks at processes, and ends all those of a user at once."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

SHARED_IN_PARTS: Final = "/proc/{}/smaps_rollup"
# Where a control group says what it holds, and the names of anonymous and of shared memory there: versions 2 and 1.
GROUPS: Final = {
    "/sys/fs/cgroup/memory.stat": ("anon", "shmem"),
    "/sys/fs/cgroup/memory/memory.stat": ("total_rss", "total_shmem"),
}


def children(pid: int) -> list[int]:
    """Process ids of the children of a process, dead ones that nobody has waited for included; none if it is gone."""
    tasks = Path(f"/proc/{pid}/task")
    try:
        listed = [(task / "children").read_text() for task in tasks.iterdir()]
    except FileNotFoundError:
        return _children_elsewhere(pid)
    except (ProcessLookupError, PermissionError):
        return []
    return [int(child) for line in listed for child in line.split()]


def descendants(pid: int) -> list[int]:
    """Process ids of all that descend from a process."""
    found = children(pid)
    for child in found:  # grows while it is walked
        found.extend(children(child))
    return found


def real_uid(pid: int) -> int | None:
    """The user that a process is of; None when it is gone."""
    try:
        return int(psutil.Process(pid).uids().real)
    except psutil.Error:
        return None


@dataclass(frozen=True)
class CpuUsage:
    """User and system seconds of a process, by itself and by children that it waited for; and when it was started."""

    started: float
    own: float
    waited_for: float


def cpu_usage(pid: int) -> CpuUsage | None:
    """What a process has used; None when it is gone."""
    try:
        process = psutil.Process(pid)
        times = process.cpu_times()
        return CpuUsage(process.create_time(), times.user + times.system, times.children_user + times.children_system)
    except psutil.Error:
        return None


def memory(pids: Iterable[int]) -> int:
    """Bytes of memory that processes take together, what they share counted in parts (PSS); dead ones take none.

    A container may hide what another user's processes share. It counts in each of them then (RSS), but all of them take
    no more than the container does.
    """
    taken, hidden = 0, False
    for pid in pids:
        try:
            rollup = Path(SHARED_IN_PARTS.format(pid)).read_text()
            taken += next(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
        except (OSError, StopIteration):  # hidden, or not Linux; or the process is dead
            whole = resident(pid)
            taken, hidden = taken + whole, hidden or whole > 0
    of_all = memory_of_all() if hidden else None
    return taken if of_all is None else min(taken, of_all)


def resident(pid: int) -> int:
    """Bytes of memory that a process takes, what it shares counted as a whole (RSS); 0 when it is gone.

    Not less than its part in :func:`memory`, but for what the kernel hasn't added up yet (some MB), and a hundred times
    as cheap.
    """
    with contextlib.suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


def memory_of_all() -> int | None:
    """Bytes of memory that all processes of this container take, each page once; None where the kernel doesn't say.

    Outside of containers it is the whole machine's. Pages of files don't count, since they give way. (Linux,
    Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst, ``memory.stat``.)
    """
    for path, names in GROUPS.items():
        with contextlib.suppress(OSError, ValueError, KeyError):
            counts = dict(line.split() for line in Path(path).read_text().splitlines())
            return sum(int(counts[name]) for name in names)
    return None


def kills_for_memory() -> int:
    """How many processes the kernel has killed on this machine, ever, for want of memory (proc(5), /proc/vmstat).

    Those of a container's own bound count as well. 0 where the kernel doesn't say.
    """
    with contextlib.suppress(OSError):
        counts = dict(line.split() for line in Path("/proc/vmstat").read_text().splitlines())
        return int(counts.get("oom_kill", 0))
    return 0


def has_ended(pid: int) -> bool:
    """Whether a process is dead, waited for or not."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True


def kill_all_of(uid: int) -> None:
    """Kill every process of a user, in one stroke: one that forks faster than a list is read gets no further.

    Root alone may do it, since it takes a process that becomes that user first.
    """
    subprocess.run(
        ["/bin/sh", "-c", "kill -KILL -1"],  # that is: all that it may signal, but itself
        user=uid,
        group=uid,
        extra_groups=[],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,  # it fails when there is nobody to kill
    )


def _children_elsewhere(pid: int) -> list[int]:
    # Not Linux, or a kernel that doesn't list children; or the process has just ended.
    with contextlib.suppress(psutil.Error):
        return [child.pid for child in psutil.Process(pid).children()]
    return []
