"""What a worker may do, as plain data that travels to the process that confines itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self


@dataclass(frozen=True)
class Policy:
    """The confinement of one worker.

    Attributes:
        scratch: The only folder that the worker may write to.
        readable: Files and folders that it may read besides the interpreter and its libraries.
        uid: The user that it becomes; None keeps the grader's own (no privilege to change it, or no use in it).
        memory_mb: Bound of the heap of each process (RLIMIT_DATA), MiB; and, watched by the grader, of the memory of
            all of them.
        scratch_mb: Bound of all files that it writes, MiB; watched by the grader.
        file_mb: Bound of any one file that it writes, MiB.
        processes: Bound of processes and threads of its user; TensorFlow needs some 16 threads a core.
        cpu_seconds: Bound of the CPU time that it may use in its life.
        gpu: Whether it may talk to the machine's GPU.
        protected: Processes that it must not signal; the one that it comes from is protected without being named.
    """

    scratch: str
    readable: tuple[str, ...] = ()
    uid: int | None = None
    memory_mb: int = 4096
    scratch_mb: int = 512
    file_mb: int = 512
    processes: int = field(default_factory=lambda: 128 + 32 * (os.cpu_count() or 1))
    cpu_seconds: int = 3600
    gpu: bool = False
    protected: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        return cls(**{**raw, "readable": tuple(raw["readable"]), "protected": tuple(raw["protected"])})

    def with_readable(self, paths: Sequence[Path | str]) -> Self:
        return replace(self, readable=(*self.readable, *(str(Path(p).resolve()) for p in paths)))


PACKAGE: Final = Path(__file__).resolve().parents[1]
# What a worker is made of. The other parts of the grader know answers: its own tokenization and forward pass, and more.
OF_A_WORKER: Final = frozenset({"__init__", "errors", "protocol", "report", "sandbox", "worker"})


def readable_paths() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The runtime without the parts of the grader that know answers.

    Returns:
        Files and folders to read, and folders to list: those which hold something that may not be read.
    """
    parts = [_around(Path(path)) if path != "/proc/self" else ([path], []) for path in runtime_paths()]
    readable, listed = ({path for part in parts for path in part[kind]} for kind in (0, 1))
    return tuple(sorted(readable)), tuple(sorted(listed))


def _around(path: Path) -> tuple[list[str], list[str]]:
    """What there is to read and to list beneath a path, all around the package."""
    if not PACKAGE.is_relative_to(path):
        return [str(path)], []
    children = (child.resolve() for child in path.iterdir() if path != PACKAGE or child.stem in OF_A_WORKER)
    parts = [_around(child) for child in children if not path.is_relative_to(child)]  # a link may lead back up
    return [each for part in parts for each in part[0]], [str(path), *(each for part in parts for each in part[1])]


def runtime_paths() -> tuple[str, ...]:
    """The folders that the interpreter and the frameworks are read from, and the few system files that they ask for."""
    roots = {sys.prefix, sys.base_prefix, *(p for p in sys.path if p and "packages" in p), str(PACKAGE)}
    libraries = {"/usr", "/lib", "/lib64", "/bin"}
    system = {"/etc/ld.so.cache", "/etc/localtime", "/etc/nsswitch.conf", "/etc/passwd", "/sys/devices/system/cpu"}
    proc = {"/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm/overcommit_memory"}
    candidates = (str(Path(p).resolve()) if p != "/proc/self" else p for p in (*roots, *libraries, *system, *proc))
    return tuple(sorted({p for p in candidates if Path(p).exists()}))
