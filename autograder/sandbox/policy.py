"""What a worker may do, as plain data that travels to the process that confines itself."""

from __future__ import annotations

import os
import platform
import pwd
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import psutil

FIRST_UID = 20000  # far from people and system services, and inside the 65,536 of a rootless container
UIDS = 40000


@dataclass(frozen=True)
class Policy:
    """The confinement of one worker.

    Attributes:
        scratch: The only folder that the worker may write to.
        readable: Files and folders that it may read besides the interpreter and its libraries.
        uid: The user that it becomes; None keeps the grader's own (no privilege to change it, or no use in it).
        memory_mb: Bound of the heap (RLIMIT_DATA), MiB.
        file_mb: Bound of any one file that it writes, MiB.
        processes: Bound of processes and threads of its user.
        cpu_seconds: Bound of the CPU time that it may use in its life.
    """

    scratch: str
    readable: tuple[str, ...] = ()
    uid: int | None = None
    memory_mb: int = 4096
    file_mb: int = 512
    processes: int = 512
    cpu_seconds: int = 3600

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        return cls(**{**raw, "readable": tuple(raw["readable"])})

    def with_readable(self, paths: Sequence[Path | str]) -> Self:
        return replace(self, readable=(*self.readable, *(str(Path(p).resolve()) for p in paths)))


def runtime_paths() -> tuple[str, ...]:
    """The folders that the interpreter and the frameworks are read from, and the few system files that they ask for."""
    package = Path(__file__).resolve().parents[1]
    roots = {sys.prefix, sys.base_prefix, *(p for p in sys.path if p and "packages" in p), str(package)}
    libraries = {"/usr", "/lib", "/lib64", "/bin"}
    system = {"/etc/ld.so.cache", "/etc/localtime", "/etc/nsswitch.conf", "/etc/passwd", "/sys/devices/system/cpu"}
    proc = {"/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm/overcommit_memory"}
    candidates = (str(Path(p).resolve()) if p != "/proc/self" else p for p in (*roots, *libraries, *system, *proc))
    return tuple(sorted({p for p in candidates if Path(p).exists()}))


def spare_uid(slot: int) -> tuple[int | None, str]:
    """A user for a worker that nobody else is, or None and the reason why there is none.

    Args:
        slot: Which of this grader's workers asks (0, 1, ...): each gets a user of its own.
    """
    if platform.system() != "Linux" or os.geteuid() != 0:
        return None, "needs to be started as root"
    closed = next((p for p in runtime_paths() if not readable_by_others(Path(p))), None)
    if closed is not None:
        return None, f"another user could not read {closed}: install Python and the environment outside private folders"
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    taken |= {uid for process in psutil.process_iter(["uids"]) if (uid := _real_uid(process)) is not None}
    start = (os.getpid() * 8 + slot) % UIDS
    for step in range(UIDS):
        uid = FIRST_UID + (start + step * 8) % UIDS
        if uid not in taken:
            return uid, ""
    return None, "no unused user id is left"


def _real_uid(process: psutil.Process) -> int | None:
    uids = process.info["uids"]  # set by process_iter; None where it may not be read
    return None if uids is None else int(uids.real)


def readable_by_others(path: Path) -> bool:
    """Whether a user without any privilege can get at ``path``: every folder above it lets others through."""
    if str(path).startswith("/proc"):
        return True
    parents_open = all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)
    wanted = 0o005 if path.is_dir() else 0o004
    return parents_open and (path.stat().st_mode & wanted) == wanted
