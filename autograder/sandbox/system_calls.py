"""The last layer: system calls that no honest submission makes are refused, in every thread and in all that is started.

A list of what is forbidden, and not of what is allowed: frameworks, the C library and the kernel change what they ask
for, and what must not be reached is known. The filter is libseccomp's, through its binding ``pyseccomp``, which is
imported once, in the process that workers are forked from. Sources: seccomp(2), seccomp_rule_add(3), and the manual
page of each call.
"""

from __future__ import annotations

import errno
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

try:
    import pyseccomp
except (ImportError, RuntimeError, OSError, AttributeError) as _error:  # no binding; no library; too old a library
    pyseccomp, _MISSING = None, f"{type(_error).__name__}: {_error}"
else:
    _MISSING = ""

AF_UNIX: Final = 1
WHOLE: Final = 0xFFFFFFFF  # the bits that the kernel looks at in an argument of type int
SIGN: Final = 0x80000000
NETWORK_IS_OFF: Final = errno.ENETDOWN  # "Network is down": what a student then reads says what it is

FORBIDDEN: Final = {
    "into other processes": (
        "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "kcmp", "pidfd_open",
        "pidfd_getfd", "pidfd_send_signal", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "perf_event_open",
    ),
    "out of every account and watch": (  # io_uring reads, writes and connects without a system call that is filtered
        "setsid", "setpgid", "io_uring_setup", "io_uring_enter", "io_uring_register", "shmget", "shmat", "shmctl",
        "semget", "semop", "semtimedop", "semctl", "msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink",
        "memfd_secret",
    ),
    "another view of the machine": (
        "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsconfig",
        "fsmount", "fspick", "mount_setattr", "open_tree_attr", "open_by_handle_at", "fanotify_init",
        "inotify_add_watch",
    ),
    "deep into the kernel": ("bpf", "userfaultfd", "keyctl", "add_key", "request_key", "modify_ldt", "iopl", "ioperm"),
    "the machine itself": (  # a worker that is root's has the privilege, where no other user is to be had
        "acct", "adjtimex", "clock_adjtime", "clock_settime", "settimeofday", "init_module", "finit_module",
        "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff", "syslog", "sethostname",
        "setdomainname", "quotactl", "vhangup",
    ),
}  # fmt: skip
# Landlock lets a process change modes, owners and attributes wherever its user may (landlock(7)): so a worker that is
# the grader's own user must not ask for that by a path. Not to be told of it spares honest code that copies a file.
AS_THE_GRADERS_USER: Final = (
    "chown", "lchown", "fchownat", "setxattr", "lsetxattr", "setxattrat", "removexattr", "lremovexattr",
    "removexattrat", "file_setattr", "truncate",
)  # fmt: skip
PASSED_OVER: Final = ("chmod", "fchmodat", "fchmodat2")
# Calls that are younger than many a libseccomp; they have one number on every architecture.
YOUNG: Final = {
    "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466, "open_tree_attr": 467, "file_setattr": 469,
}  # fmt: skip
# Memory that is written to without being mapped is in no process's account. CUDA may want it: not known.
UNACCOUNTED: Final = "memfd_create"

CLONE_NAMESPACES: Final = (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
CLONE_PARENT: Final = 0x00008000  # a child of the zygote's, beside the worker
# Who gets what a descriptor tells by a signal; and what types into the grader's terminal.
F_SETOWN, F_SETOWN_EX = 8, 15
FIOSETOWN, SIOCSPGRP, TIOCSTI, TIOCLINUX = 0x8901, 0x8902, 0x5412, 0x541C
# What a worker must not take back: it dies with the grader, keeps what it starts below itself, and can be looked at.
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_PTRACER = 1, 4, 36, 0x59616D61
ITSELF: Final = 0  # instead of a process id
PRIO_PROCESS, IOPRIO_WHO_PROCESS = 0, 1


@dataclass(frozen=True)
class Refusal:
    """A call that is refused when one of its arguments is so; without an argument, always.

    Attributes:
        call: Its name.
        argument: Which one, from 0.
        mask: The bits of it that are compared with ``value``; 0 refuses all values *but* this one.
        value: What it is compared with.
        error: What the caller gets; 0 lets it believe that the call was made.
    """

    call: str
    argument: int | None = None
    mask: int = 0
    value: int = 0
    error: int = errno.EPERM


def refusals(protected: tuple[int, ...], *, gpu: bool = False, same_user: bool = False) -> Iterator[Refusal]:
    """Everything that a worker is refused.

    Args:
        protected: Processes that must get no signal.
        gpu: Whether it may use a GPU.
        same_user: Whether it is the grader's own user.
    """
    yield from (Refusal(call) for calls in FORBIDDEN.values() for call in calls)
    if not gpu:
        yield Refusal(UNACCOUNTED, error=errno.ENOSYS)
    yield Refusal("clone3", error=errno.ENOSYS)  # its flags are out of sight; the C library then takes clone
    yield from (_but("socket", 0, AF_UNIX, NETWORK_IS_OFF), _but("socketpair", 0, AF_UNIX, NETWORK_IS_OFF))
    yield from (Refusal("clone", 0, bit, bit) for bit in (*CLONE_NAMESPACES, CLONE_PARENT))
    if same_user:
        yield from (Refusal(call) for call in AS_THE_GRADERS_USER)
        yield from (Refusal(call, error=0) for call in PASSED_OVER)
    yield from _signals(protected)
    yield from _others_settings()
    for option in (PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_PTRACER):
        yield Refusal("prctl", 0, WHOLE, option)
    yield from (Refusal("fcntl", 1, WHOLE, command) for command in (F_SETOWN, F_SETOWN_EX))
    yield from (Refusal("ioctl", 1, WHOLE, request) for request in (FIOSETOWN, SIOCSPGRP, TIOCSTI, TIOCLINUX))


def _signals(protected: tuple[int, ...]) -> Iterator[Refusal]:
    """To its own children alone: neither to these processes nor to a group, nor to all at once (kill(2))."""
    yield Refusal("kill", 0, WHOLE, 0)
    yield Refusal("kill", 0, SIGN, SIGN)
    yield from (Refusal(call, 0, WHOLE, process) for process in protected for call in ("kill", "tgkill"))


def _others_settings() -> Iterator[Refusal]:
    """Limits, processors, priority and memory of other processes; its own threads are named as 0, too."""
    for call in ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr",
                 "migrate_pages", "move_pages"):  # fmt: skip
        yield _but(call, 0, ITSELF)
    yield from (_but("setpriority", 0, PRIO_PROCESS), _but("setpriority", 1, ITSELF))
    yield from (_but("ioprio_set", 0, IOPRIO_WHO_PROCESS), _but("ioprio_set", 1, ITSELF))


def _but(call: str, argument: int, value: int, error: int = errno.EPERM) -> Refusal:
    return Refusal(call, argument, 0, value, error)


def filter_calls(protected: tuple[int, ...], *, gpu: bool = False, same_user: bool = False) -> str:
    """Refuse them from now on, in all threads of this process and in whatever it starts.

    Returns:
        Why it can't be done here; empty when it was.

    Raises:
        OSError: libseccomp or the kernel refuses.
    """
    if platform.system() != "Linux":
        return "needs Linux"
    if pyseccomp is None:
        return (
            f"needs libseccomp ({_MISSING}): install the system's package, libseccomp2 on Debian and Ubuntu, "
            "libseccomp on Fedora, and the Python package pyseccomp"
        )
    built = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    # Calls of another architecture (and those that 64-bit x86 takes in its x32 form) have other numbers: none of them.
    built.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.ERRNO(errno.EPERM))
    built.set_attr(pyseccomp.Attr.CTL_TSYNC, 1)
    _without_slowdown(built)
    for refusal in refusals((*protected, os.getppid()), gpu=gpu, same_user=same_user):
        _add(built, refusal)
    built.load()
    return ""


def library() -> str:
    """What there is of libseccomp, for people."""
    if pyseccomp is None:
        return f"missing ({_MISSING})"
    return f"found (API level {pyseccomp.get_api()})"


def number_of(call: str) -> int:
    """A system call's number here; below 0 where this architecture lacks it, or libseccomp doesn't know it."""
    found = -1 if pyseccomp is None else int(pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, call))
    return YOUNG.get(call, -1) if found == -1 else found


def _without_slowdown(built: Any) -> None:
    """Older kernels else make all memory accesses of a filtered process slower, against spying within one process."""
    try:
        built.set_attr(pyseccomp.Attr.CTL_SSB, 1)
    except OSError:  # a library older than 2.5
        return


def _add(built: Any, refusal: Refusal) -> None:
    number = number_of(refusal.call)
    if number == -1:  # unknown to this library; calls that this architecture lacks have other negative numbers
        return
    arguments = []
    if refusal.argument is not None and refusal.mask:
        arguments = [pyseccomp.Arg(refusal.argument, pyseccomp.MASKED_EQ, refusal.mask, refusal.value)]
    elif refusal.argument is not None:
        arguments = [pyseccomp.Arg(refusal.argument, pyseccomp.NE, refusal.value)]
    built.add_rule(pyseccomp.ERRNO(refusal.error), number, *arguments)
