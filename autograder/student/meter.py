"""A worker and all that it started, and their processor time by the kernel's accounts."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Reading:
    """Processor seconds so far, in two ways that both miss some.

    Attributes:
        accounted: Of the living, and of the dead that they waited for. Who ignores the end of a child (SIGCHLD) has
            its time in no account.
        seen: Of each process that was ever looked at, what it had used by then.
    """

    accounted: float
    seen: float

    def since(self, before: Reading) -> float:
        """What was used at least since then, never negative."""
        return max(self.accounted - before.accounted, self.seen - before.seen, 0.0)


class Meter:
    """The processor time of a worker and of all that it started, looked at again and again."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, float], float] = {}  # by process id and start, since ids come again

    def look(self, members: set[int]) -> Reading:
        """Remember what these processes have used."""
        accounted = 0.0
        for pid in members:
            if usage := processes.cpu_usage(pid):
                self._seen[pid, usage.started] = usage.own
                accounted += usage.own + usage.waited_for
        return Reading(accounted, sum(self._seen.values()))
