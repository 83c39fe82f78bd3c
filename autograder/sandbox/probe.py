"""Tries, inside a confined worker, what must be denied. A layer is called on only when the denial was seen."""

from __future__ import annotations

import errno
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from autograder.report import SandboxLayer
from autograder.sandbox import forbidden, linux
from autograder.sandbox.leftovers import SHARED_FOLDERS
from autograder.sandbox.limits import limits_not_held
from autograder.sandbox.policy import Policy
from autograder.sandbox.system_calls import NETWORK_IS_OFF

DENIED: Final = (errno.EACCES, errno.EPERM, NETWORK_IS_OFF)
MEMORY: Final = "/dev/shm"  # noqa: S108 - POSIX's name; workers may write there, and it is wiped after them

# Which layers of confinement each finding rests on: what to say when it isn't so.
RESTS_ON: Final = {
    "other user": ("other user",),
    "dies with the grader": ("dies with the grader",),
    "keeps what it starts": ("keeps what it starts",),
    "resource limits": ("resource limits",),
    "no new privileges": ("no new privileges",),
    "hidden data unreadable": ("other user", "file system"),
    "writes to scratch only": ("file system",),
    "scratch private": (),
    "grader out of reach": ("other user", "file system", "system calls"),
    "no TCP": ("file system", "system calls"),
    "no network": ("system calls",),
    "system calls filtered": ("system calls",),
    "no service in reach": (),
}
HIDDEN_DATA: Final = "hidden data unreadable"


def probe(policy: Policy, secrets: list[str], grader: int, reasons: Mapping[str, str]) -> list[SandboxLayer]:
    """What holds in this process.

    Args:
        policy: The confinement that was asked for.
        secrets: Files and folders that the grader can read and the worker must not; the first in a folder of their own.
        grader: The grader's process id.
        reasons: Why a layer could not be applied, by name, as :func:`confine` returned it.
    """
    other_user = os.getuid() == policy.uid
    # Landlock binds the thread that asks for it. Another one, that was there before, could still do what this can't.
    alone = linux.threads() == 1
    filtered = not reasons.get("system calls")
    exceeded, let_through, reached = limits_not_held(policy), forbidden.let_through(grader), forbidden.services()
    facts = {
        "other user": other_user,
        "dies with the grader": linux.asked(linux.PR_GET_PDEATHSIG) == signal.SIGKILL,
        "keeps what it starts": linux.asked(linux.PR_GET_CHILD_SUBREAPER) == 1,
        "resource limits": not exceeded,
        "no new privileges": "NoNewPrivs:\t1" in _status(),
        HIDDEN_DATA: (alone or other_user) and all(map(_unreadable, secrets)),
        "writes to scratch only": alone and _writes_only_to(policy.scratch, Path(secrets[0]).parent),
        "scratch private": _is_private(policy.scratch),
        "grader out of reach": (alone or other_user) and all(map(_out_of_reach, {grader, os.getppid()})),
        "no TCP": (alone or filtered) and _denied(_connect),
        "no network": filtered and not forbidden.networks(),
        "system calls filtered": filtered and not let_through,
        "no service in reach": not reached,
    }
    seen = {
        "resource limits": exceeded,
        "system calls filtered": let_through if filtered else (),
        "no service in reach": reached,
    }
    return [SandboxLayer(name, on, "" if on else _why(name, reasons, seen.get(name, ()))) for name, on in facts.items()]


def _why(name: str, reasons: Mapping[str, str], not_denied: Sequence[str]) -> str:
    told = [f"{layer}: {reasons[layer]}" for layer in RESTS_ON[name] if reasons.get(layer)]
    return "; ".join([*told, *([f"not denied: {', '.join(not_denied)}"] if not_denied else [])])


def _writes_only_to(scratch: str, closed: Path) -> bool:
    elsewhere = [closed, *(Path(folder) for folder in SHARED_FOLDERS if folder != MEMORY and Path(folder).is_dir())]
    return all(map(_unwritable, elsewhere)) and not _unwritable(Path(scratch))


def _unwritable(folder: Path) -> bool:
    return _denied(lambda: tempfile.TemporaryFile(dir=folder).close())


def _unreadable(path: str) -> bool:
    return _denied(lambda: os.close(os.open(path, os.O_RDONLY)))


def _out_of_reach(process: int) -> bool:
    """No signal gets there, and nothing of its memory or environment gets here."""
    files = (f"/proc/{process}/{name}" for name in ("mem", "environ"))
    return _denied(lambda: os.kill(process, 0)) and not any(map(_opens, files))


def _opens(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError:
        return False
    return True


def _is_private(folder: str) -> bool:
    found = Path(folder).stat()
    return found.st_uid == os.getuid() and not found.st_mode & 0o077


def _connect() -> None:
    with socket.socket() as attempt:
        attempt.settimeout(1)
        attempt.connect(("127.0.0.1", 9))


def _denied(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError as error:
        return error.errno in DENIED
    return False


def _status() -> str:
    try:
        return Path("/proc/self/status").read_text()
    except OSError:
        return ""
