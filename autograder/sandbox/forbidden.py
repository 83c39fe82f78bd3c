"""Calls that the filter has to refuse, made in such a way that they do no harm where it does not.

Each is either without effect, or so wrong that the kernel turns it down for another reason. What tells the filter is
the error that comes back.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from autograder.sandbox import linux, system_calls

REFUSED: Final = (errno.EPERM, errno.EACCES, errno.ENOSYS)
ANYBODY: Final = 2**64 - 1  # -1, as a process id: all that may be signalled
FAMILIES: Final = {"UDP": (2, 2), "TCP": (2, 1), "IPv6": (10, 2), "netlink": (16, 3), "raw packets": (17, 3)}
CLONE_FS, CLONE_NEWUSER = 0x00000200, 0x10000000  # together never allowed (clone(2))
PTRACE_CONT, PR_SET_CHILD_SUBREAPER = 7, 36
X32, X32_GETPID = 0x40000000, 39

# Where what serves the whole machine, or the whole desktop, usually listens. Whoever may talk to it may have done what
# it does for others: start a container, start a program outside of these walls.
SERVICES: Final = (
    "/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock", "/run/snapd.socket",
    "/run/dbus/system_bus_socket", "/run/systemd/private", "/tmp/.X11-unix/X0",  # noqa: S108 - X's name
)  # fmt: skip
SERVICES_OF_A_USER: Final = ("bus", "systemd/private", "podman/podman.sock", "docker.sock")


def let_through(grader: int) -> list[str]:
    """What the filter does not refuse; nothing where it holds. ``grader`` is a process id."""
    if platform.system() != "Linux":
        return ["everything"]
    calls = [name for name, number, arguments in _calls(grader) if not _is_refused(number, *arguments)]
    bare = _unfiltered_threads()
    return [*calls, *([f"anything in {bare} threads"] if bare else [])]


def networks() -> list[str]:
    """The kinds of network that a socket can be had for."""
    found = []
    for name, kind in FAMILIES.items():
        with contextlib.suppress(OSError), socket.socket(*kind):
            found.append(name)
    return found


def services() -> list[str]:
    """Sockets of the machine's services that this process can connect to."""
    run = Path("/run/user", str(os.getuid()))
    found = []
    for path in (*SERVICES, *(str(run / name) for name in SERVICES_OF_A_USER)):
        with socket.socket(socket.AF_UNIX) as attempt:
            attempt.setblocking(False)
            if attempt.connect_ex(path) in (0, errno.EAGAIN, errno.EINPROGRESS):
                found.append(path)
    return found


def _calls(grader: int) -> Iterator[tuple[str, int, tuple[object, ...]]]:
    here = ctypes.create_string_buffer(16)
    nowhere = (ctypes.c_void_p * 2)(None, 1)  # one byte at the address 0
    calls: dict[str, tuple[object, ...]] = {
        "ptrace": (PTRACE_CONT, grader, None, None),
        "process_vm_readv": (grader, (ctypes.c_void_p * 2)(ctypes.addressof(here), 1), 1, nowhere, 1, 0),
        "kill": (ANYBODY, 0),
        "tgkill": (grader, grader, 0),
        "pidfd_open": (grader, 0),
        "prlimit64": (grader, 0, None, None),
        "prctl": (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0),
        "unshare": (0,),
        "clone": (CLONE_FS | CLONE_NEWUSER, None, None, None, None),
        "clone3": (None, 0),
        "io_uring_setup": (0, None),
        "bpf": (ANYBODY, None, 0),
        "userfaultfd": (ANYBODY,),
        "keyctl": (ANYBODY, 0, 0, 0, 0),
        "shmget": (0, 0, 0),
        "mount": (None, None, None, 0, None),
        "setpgid": (ANYBODY, 0),
    }
    for name, arguments in calls.items():
        yield name, system_calls.number_of(name), arguments
    if platform.machine() == "x86_64":
        yield "calls of x32", X32 | X32_GETPID, ()


def _is_refused(number: int, *arguments: object) -> bool:
    return number < 0 or linux.failure(number, *arguments) in REFUSED  # below 0: this architecture lacks the call


def _unfiltered_threads() -> int:
    """How many threads have fewer filters than this one."""
    own = _filters(Path("/proc/thread-self/status"))
    return sum(_filters(task / "status") < own for task in Path("/proc/self/task").iterdir())


def _filters(status: Path) -> int:
    """Filters of a thread (``Seccomp_filters`` in proc(5)); where the kernel doesn't count, whether it has any."""
    lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
    return int(lines.get("Seccomp_filters", lines.get("Seccomp", "0")))
