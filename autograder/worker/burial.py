"""The end of a worker: of its process, of whatever it started, and of what it left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection

from autograder.sandbox.leftovers import wipe_files_of
from autograder.sandbox.processes import children, kill_all_of

SECONDS_TO_CATCH = 5.0


def bury(pid: int, grace: float, uid: int | None, others: Collection[int]) -> int | None:
    """End a worker that is a child of this process, and wait until all of it is gone.

    Args:
        pid: The worker; it leads a process group.
        grace: Seconds in which it may end by itself: one whose channel closed is about to.
        uid: The worker's user, when nobody else alive has it: everything of that user goes.
        others: The other workers, which live on.

    Returns:
        Its exit status (minus the signal's number), None if it had to be killed.
    """
    status = _status_within(pid, grace)
    if status is None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    if uid is not None:
        kill_all_of(uid)
    _reap_orphans(others)
    if uid is not None:
        wipe_files_of(uid)
    return status


def _status_within(pid: int, seconds: float) -> int | None:
    deadline = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= deadline:
            return None
        time.sleep(0.005)


def _reap_orphans(workers: Collection[int]) -> None:
    # Whatever is a child of ours and no worker has no business here. One that forks and ends all the time, and whose
    # user we can't end as a whole, is hunted; should it escape for so long, it must not hold up the grading.
    deadline = time.monotonic() + SECONDS_TO_CATCH
    while orphans := [pid for pid in children(os.getpid()) if pid not in workers]:
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
        if time.monotonic() > deadline:
            return
