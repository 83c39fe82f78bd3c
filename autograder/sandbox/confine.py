"""Confines the calling process. Runs in the worker after the fork, before a line of the student's code.

The order is the one that works: what a change of user clears comes after it, what forbids comes last. A further layer
is one more function in ``LAYERS``.
"""

from __future__ import annotations

import os
import platform
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

from autograder.sandbox import accelerators, linux, system_calls
from autograder.sandbox.policy import Policy, readable_paths

MIB: Final = 2**20
DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


def confine(policy: Policy) -> dict[str, str]:
    """Apply every layer.

    Returns:
        For each layer an empty string, or why it could not be applied (or not wholly). Whether it *holds* is for the
        probe to find out.
    """
    return {name: _attempt(layer, policy) for name, layer in LAYERS}


def _attempt(layer: Callable[[Policy], str], policy: Policy) -> str:
    try:
        return layer(policy)
    except (OSError, ValueError) as error:
        return f"refused: {error}"


def _first_to_go(_: Policy) -> str:
    """Where the machine or the container runs out of memory, the kernel takes the student's process, not the grader."""
    if platform.system() != "Linux":
        return "needs Linux"
    Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")  # the most there is; anybody may raise it
    return ""


def _other_user(policy: Policy) -> str:
    if policy.uid is None:
        return "not asked for"
    os.setgroups([])
    os.setresgid(policy.uid, policy.uid, policy.uid)
    os.setresuid(policy.uid, policy.uid, policy.uid)
    return ""


def _die_with_parent(_: Policy) -> str:
    if platform.system() != "Linux":
        return "needs Linux"
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    return ""


def _keep_what_it_starts(_: Policy) -> str:
    """Its daemons stay below it, where they are metered, and end with it."""
    if platform.system() != "Linux":
        return "needs Linux"
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    return ""


def _resource_limits(policy: Policy) -> str:
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: policy.cpu_seconds,
        resource.RLIMIT_FSIZE: policy.file_mb * MIB,
        resource.RLIMIT_NOFILE: 1024,
    }
    if platform.system() == "Linux":
        # It counts private mappings that may be written to (setrlimit(2)). CUDA reserves far more address space than
        # the machine has memory, but without permission to write, so this bound should leave it room as it would not
        # if it were RLIMIT_AS. Not verified: no worker has run on a card under it yet.
        bounds[resource.RLIMIT_DATA] = policy.memory_mb * MIB
    if policy.uid is not None:  # counts all processes of the user: fair only for a user who has no others
        bounds[resource.RLIMIT_NPROC] = policy.processes
    os.umask(0o077)
    for which, bound in bounds.items():
        hard = resource.getrlimit(which)[1]
        allowed = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(which, (allowed, allowed))
    return ""


def _no_new_privileges(_: Policy) -> str:
    if platform.system() != "Linux":
        return "needs Linux"
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    return ""


def _file_system(policy: Policy) -> str:
    if linux.landlock_abi() == 0:
        return "needs a kernel with Landlock (Linux 5.13 or newer)"
    gpu = accelerators.device_files() if policy.gpu else ()
    runtime, listed = readable_paths()
    readable = (*runtime, *policy.readable, *(accelerators.DESCRIPTIONS if policy.gpu else ()))
    linux.landlock(readable, (policy.scratch, "/dev/shm"), DEVICES, drivers=gpu, listed=listed)  # noqa: S108 - POSIX's
    others = linux.threads() - 1
    return f"{others} threads that began before it are not bound by it" if others else ""


def _system_calls(policy: Policy) -> str:
    return system_calls.filter_calls(policy.protected, gpu=policy.gpu, same_user=policy.uid is None)


LAYERS: Final[tuple[tuple[str, Callable[[Policy], str]], ...]] = (
    ("first to go", _first_to_go),  # another user's process may not write to its own /proc any more
    ("other user", _other_user),
    ("dies with the grader", _die_with_parent),
    ("keeps what it starts", _keep_what_it_starts),
    ("resource limits", _resource_limits),
    ("no new privileges", _no_new_privileges),
    ("file system", _file_system),
    ("system calls", _system_calls),  # last: it forbids what those before it do
)
