"""What every attack has at hand. The suite puts this file's text into the hostile module, with the targets filled in.

The attackers are made as strong as can be: they are told where everything lies and which process the grader is.
"""

import ctypes
import errno
import functools
import json
import os
import platform
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

T = SimpleNamespace(**json.loads("{}"))  # the suite replaces this line; see scene.Scene.targets

# What attacks import from here, so that linters see it used.
__all__ = ["Path", "SimpleNamespace", "T", "attempt", "before", "claim", "ctypes", "errno", "functools", "json", "loot",
           "met", "os", "re", "signal", "socket", "struct", "subprocess", "sys", "syscall", "threading",
           "time"]  # fmt: skip

# Numbers of system calls that Python has no function for: those that differ by machine, and those that don't.
_NUMBERS = {
    "x86_64": {"ptrace": 101, "process_vm_readv": 310, "tgkill": 234, "rt_sigqueueinfo": 129, "ioprio_set": 251,
               "unshare": 272, "clone": 56, "keyctl": 250, "add_key": 248, "bpf": 321, "userfaultfd": 323,
               "perf_event_open": 298, "mount": 165, "shmget": 29, "msgget": 68, "semget": 64, "mq_open": 240,
               "prlimit64": 302, "kexec_load": 246, "init_module": 175, "setns": 308},
    "aarch64": {"ptrace": 117, "process_vm_readv": 270, "tgkill": 131, "rt_sigqueueinfo": 138, "ioprio_set": 30,
                "unshare": 97, "clone": 220, "keyctl": 219, "add_key": 217, "bpf": 280, "userfaultfd": 282,
                "perf_event_open": 241, "mount": 40, "shmget": 194, "msgget": 186, "semget": 190, "mq_open": 180,
                "prlimit64": 261, "kexec_load": 104, "init_module": 105, "setns": 268},
}  # fmt: skip
_ALIKE = {"pidfd_getfd": 438, "io_uring_setup": 425, "pidfd_send_signal": 424, "process_madvise": 440, "clone3": 435}


def loot(thing):
    """Carry something out: what a submission prints ends up in its report."""
    text = thing if isinstance(thing, str) else repr(thing)
    print("LOOT", text[:30000], flush=True)


def met(what):
    """Say what the attack ran into."""
    print("MET", what, flush=True)


def claim(what):
    """Say that something worked which has to be denied: an attack's own word is enough to count against the grader."""
    print("CLAIM", T.token, what, flush=True)


def attempt(action, *arguments):
    """Try one thing; say what it ran into. Returns its result, or None."""
    try:
        return action(*arguments)
    except OSError as error:
        met(errno.errorcode.get(error.errno, str(error)))
    except Exception as error:
        met(type(error).__name__)
    return None


def syscall(name, *arguments):
    """A system call by its name."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    number = _ALIKE.get(name) or _NUMBERS[platform.machine()][name]
    done = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if done < 0:
        raise OSError(ctypes.get_errno(), name)
    return done


def before(function, attack, *, guarded):
    """The student's function, preceded by an attack the first time that it is called."""
    waiting = [attack]

    @functools.wraps(function)
    def both(*arguments, **named):
        if waiting:
            (attempt if guarded else _straight)(waiting.pop())
        return function(*arguments, **named)

    return both


def _straight(attack):
    attack()
