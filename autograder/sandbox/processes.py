"""Looks at processes, and ends all those of a user at once."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import psutil

_KILL_ALL = "import os, signal; os.kill(-1, signal.SIGKILL)"


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


def cpu_seconds(pid: int) -> float:
    """User and system seconds of a process and of its children that it waited for; 0 when it is gone."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def kill_all_of(uid: int) -> None:
    """Kill every process of a user, in one stroke: one that forks faster than a list is read gets no further.

    Root alone may do it, since it takes a process that becomes that user first.
    """
    subprocess.run(  # noqa: S603 - a command of our own
        [sys.executable, "-I", "-S", "-c", _KILL_ALL],
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
