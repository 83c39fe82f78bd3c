"""Processor time of a worker and of all that it started, by the kernel's accounts."""

from __future__ import annotations

from autograder.sandbox import processes


def cpu_seconds(worker: int, zygote: int, uid: int | None) -> float:
    """User and system seconds so far.

    Args:
        worker: The worker's process id. Its living descendants count, and the dead ones that were waited for.
        zygote: Whose child it is. A daemon of the worker ends up there; when it has ended, its account waits there.
        uid: The worker's user, by which its daemons are known from other workers'; None counts no daemons.
    """
    family = {worker, *processes.descendants(worker)}
    if uid is not None:
        orphans = [pid for pid in processes.children(zygote) if processes.real_uid(pid) == uid]
        family.update(orphans, *map(processes.descendants, orphans))
    return sum(map(processes.cpu_seconds, family))
