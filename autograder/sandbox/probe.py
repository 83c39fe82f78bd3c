"""Tries, inside a confined worker, what must be denied. A layer is called on only when the denial was seen."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Final

from autograder.report import SandboxLayer
from autograder.sandbox.policy import Policy

DENIED: Final = (errno.EACCES, errno.EPERM)


def probe(policy: Policy, secrets: list[str], grader: int, reasons: dict[str, str]) -> list[SandboxLayer]:
    """What holds in this process.

    Args:
        policy: The confinement that was asked for.
        secrets: Files and folders that the grader can read and the worker must not; the first in a folder of their own.
        grader: The grader's process id.
        reasons: Why a layer could not be applied, by name, as :func:`confine` returned it.
    """
    facts = {
        "other user": os.getuid() == policy.uid,
        "resource limits": resource.getrlimit(resource.RLIMIT_FSIZE)[0] == policy.file_mb * 2**20,
        "no new privileges": "NoNewPrivs:\t1" in _status(),
        "hidden data unreadable": all(map(_unreadable, secrets)),
        "writes to scratch only": _denied(lambda: Path(secrets[0]).parent.joinpath("w").touch())
        and not _denied(lambda: Path(policy.scratch, ".probe").touch()),
        "grader out of reach": _denied(lambda: os.kill(grader, 0)),
    }
    return [SandboxLayer(name, on, "" if on else reasons.get(name, "")) for name, on in facts.items()]


def _unreadable(path: str) -> bool:
    return _denied(lambda: os.close(os.open(path, os.O_RDONLY)))


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
