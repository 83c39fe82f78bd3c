"""A worker and all that it started, and their processor time by the kernel's accounts."""

from __future__ import annotations

from autograder.sandbox import processes


def family(worker: int, zygote: int, uid: int | None) -> set[int]:
    """Process ids of a worker and of all that it started.

    Args:
        worker: The worker's process id. Its living descendants belong to it.
        zygote: Whose child it is. A daemon of the worker ends up there; when it has ended, its account waits there.
        uid: The worker's user, by which its daemons are known from other workers'; None counts no daemons.
    """
    found = {worker, *processes.descendants(worker)}
    if uid is not None:
        orphans = [pid for pid in processes.children(zygote) if processes.real_uid(pid) == uid]
        found.update(orphans, *map(processes.descendants, orphans))
    return found


def cpu_seconds(members: set[int]) -> float:
    """User and system seconds so far of these processes, and of the dead ones that they waited for."""
    return sum(map(processes.cpu_seconds, members))
