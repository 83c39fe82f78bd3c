"""Tries whether the resource limits of a confined process hold: each is overstepped, at no cost where it holds."""

from __future__ import annotations

import errno
import mmap
import os
import platform
import resource
import tempfile
from collections.abc import Callable

from autograder.sandbox.policy import Policy

MIB = 2**20


def limits_not_held(policy: Policy) -> list[str]:
    """Names of the limits that can be overstepped."""
    tried: dict[str, Callable[[], bool]] = {
        "size of a file": lambda: _fails_with(errno.EFBIG, _grow_a_file, policy),
        "open files": lambda: _fails_with(errno.EBADF, _open_one_more),
        "memory": lambda: platform.system() != "Linux" or _fails_with(errno.ENOMEM, _grow_the_heap, policy),
        "processes": lambda: (
            policy.uid is None
            or (
                0 <= resource.getrlimit(resource.RLIMIT_NPROC)[1] <= policy.processes
                and _fails_with(errno.EAGAIN, _start_a_process)
            )
        ),
        # These two would end the process, so their numbers are looked at.
        "processor time": lambda: 0 <= resource.getrlimit(resource.RLIMIT_CPU)[1] <= policy.cpu_seconds,
        "memory image": lambda: resource.getrlimit(resource.RLIMIT_CORE)[1] == 0,
    }
    return [name for name, holds in tried.items() if not holds()]


def _fails_with(expected: int, attempt: Callable[..., None], *arguments: object) -> bool:
    try:
        attempt(*arguments)
    except OSError as error:
        return error.errno == expected
    return False


def _grow_a_file(policy: Policy) -> None:
    with tempfile.TemporaryFile(dir=policy.scratch) as file:
        file.truncate(policy.file_mb * MIB + 1)  # a hole: it takes no room


def _open_one_more() -> None:
    bound = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    os.close(os.dup2(0, bound, inheritable=False))  # the first number that may not be given


def _grow_the_heap(policy: Policy) -> None:
    with mmap.mmap(-1, policy.memory_mb * MIB + 1, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS):
        return  # never touched


def _start_a_process() -> None:
    """With a limit of none: who has the privilege to overstep limits would overstep the real one, too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    resource.setrlimit(resource.RLIMIT_NPROC, (0, hard))
    try:
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
    finally:
        resource.setrlimit(resource.RLIMIT_NPROC, (soft, hard))
