"""The end of a worker, where the kernel doesn't help to find what it left."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time

import psutil
import pytest

from autograder.sandbox import processes
from autograder.worker import burial

UID = 54325
pytestmark = pytest.mark.skipif(
    platform.system() != "Linux" or os.geteuid() != 0, reason="takes root, to act as another"
)
# A worker that has left a daemon, and waits.
WORKER = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
    time.sleep(600)
END
"""


@pytest.fixture(autouse=True)
def no_orphans(monkeypatch):
    """This process isn't a zygote: its other children are not to be reaped."""
    monkeypatch.setattr(burial, "children", lambda _: [])


def worker(end: str) -> tuple[subprocess.Popen[str], int]:
    started = subprocess.Popen(
        [sys.executable, "-c", WORKER.replace("END", end)],
        stdout=subprocess.PIPE,
        text=True,
        user=UID,
        group=UID,
        extra_groups=[],
        start_new_session=True,
    )
    assert started.stdout is not None
    with started.stdout:
        return started, int(started.stdout.readline())


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and not processes.has_ended(pid)


def dies(pid: int) -> bool:
    """Whether it is gone soon: on a busy machine a process that was killed takes a moment to end."""
    deadline = time.monotonic() + 30
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(pid)


@pytest.mark.parametrize(("end", "status"), [("sys.exit(7)", 7), ("os.kill(os.getpid(), 15)", -15)])
def test_a_worker_that_ends_in_time_is_believed(end, status):
    started, daemon = worker(end)
    assert burial.bury(started.pid, 60, UID, ()) == status
    assert dies(daemon)
    started.returncode = status  # waited for already


def test_a_worker_that_does_not_end_is_ended():
    started, daemon = worker("time.sleep(600)")
    assert burial.bury(started.pid, 0, UID, ()) is None
    assert dies(started.pid)
    assert dies(daemon)
    started.returncode = -9


def test_another_worker_of_the_same_user_is_spared():
    started, daemon = worker("time.sleep(600)")
    other = subprocess.Popen(["/bin/sleep", "600"], user=UID, group=UID, extra_groups=[])
    burial.bury(started.pid, 0, None, (other.pid,))
    assert other.poll() is None
    assert alive(daemon), "whose it is, nobody can tell"
    processes.kill_all_of(UID)
    other.wait()
    started.returncode = -9
