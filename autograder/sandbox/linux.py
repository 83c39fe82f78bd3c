"""The few Linux calls that Python lacks: prctl and Landlock, through libc.

Sources: prctl(2), landlock(7) and the kernel's ``include/uapi/linux/landlock.h``. All of it is a no-op elsewhere.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

PR_SET_PDEATHSIG: Final = 1
PR_GET_PDEATHSIG: Final = 2
PR_SET_CHILD_SUBREAPER: Final = 36
PR_GET_CHILD_SUBREAPER: Final = 37
PR_SET_NO_NEW_PRIVS: Final = 38

# System calls that have one number on every architecture (added after 2018).
LANDLOCK_CREATE_RULESET: Final = 444
LANDLOCK_ADD_RULE: Final = 445
LANDLOCK_RESTRICT_SELF: Final = 446

IPC_RMID: Final = 0

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
FIRST_ABI_RIGHTS = (1 << 13) - 1
RIGHTS_SINCE = ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV))
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV


def prctl(option: int, value: int) -> None:
    """Set one attribute of this process; raises OSError when the kernel refuses."""
    _checked(_libc().prctl(option, value, 0, 0, 0), f"prctl({option})")


def asked(option: int) -> int:
    """An attribute of this process, one that prctl writes to where its argument points; -1 when it is not told."""
    if platform.system() != "Linux":
        return -1
    answer = ctypes.c_int(-1)
    return -1 if _libc().prctl(option, ctypes.byref(answer), 0, 0, 0) < 0 else answer.value


def failure(number: int, *arguments: object) -> int:
    """The error number with which a system call failed; 0 when it succeeded."""
    words = (ctypes.c_ulong(value) if isinstance(value, int) else value for value in arguments)
    return ctypes.get_errno() if _libc().syscall(ctypes.c_long(number), *words) < 0 else 0


def threads() -> int:
    """How many threads this process has; 1 where there is no telling."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else 1


def landlock_abi() -> int:
    """Version of Landlock that the kernel offers; 0 where there is none."""
    if platform.system() != "Linux":
        return 0
    version = _libc().syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    return max(int(version), 0)


def landlock(
    read_only: Iterable[str],
    read_write: Iterable[str],
    devices: Iterable[str],
    drivers: Iterable[str] = (),
    listed: Iterable[str] = (),
) -> None:
    """Confine the calling thread, for good, to these parts of the file system and to no TCP at all.

    Needs no_new_privs. Paths that don't exist are passed over. Raises OSError when the kernel refuses.

    Args:
        read_only: Files and folders to read and run.
        read_write: Folders to read and write.
        devices: Device files to read and write, and no more.
        drivers: Device files (or folders of them) that are talked to by ioctl(2) as well.
        listed: Folders of which, and of all beneath them, the names may be read.
    """
    abi = landlock_abi()
    handled = FIRST_ABI_RIGHTS
    for since, right in RIGHTS_SINCE:
        handled |= right if abi >= since else 0
    no_tcp = 3 if abi >= 4 else 0
    scopes = 3 if abi >= 6 else 0  # abstract sockets and signals of processes outside
    attributes = struct.pack("=QQQ", handled, no_tcp, scopes)[: 8 if abi < 4 else 16 if abi < 6 else 24]
    ruleset = _syscall(LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    reading = EXECUTE | READ_FILE | READ_DIR
    writing = handled & ~(EXECUTE | MAKE_CHAR | MAKE_BLOCK | IOCTL_DEV)
    using = READ_FILE | WRITE_FILE
    talking = using | READ_DIR | IOCTL_DEV
    rules = (
        (read_only, reading),
        (read_write, writing),
        (devices, using),
        (drivers, talking),
        (listed, READ_DIR),
    )
    for paths, access in rules:
        for path in paths:
            _allow_beneath(ruleset, path, access & handled)
    _syscall(LANDLOCK_RESTRICT_SELF, ruleset, ctypes.c_uint32(0))
    os.close(ruleset)


def remove_ipc_of(uid: int) -> None:
    """Remove the System V shared memory, semaphores and message queues that a user made: they outlive processes.

    Source: proc(5), shmctl(2), semctl(2), msgctl(2).
    """
    libc = _libc()
    for row in _rows("shm", uid):
        libc.shmctl(row, IPC_RMID, None)
    for row in _rows("sem", uid):
        libc.semctl(row, 0, IPC_RMID)
    for row in _rows("msg", uid):
        libc.msgctl(row, IPC_RMID, None)


def _rows(kind: str, uid: int) -> list[int]:
    table = Path("/proc/sysvipc", kind)
    if not table.exists():
        return []
    names, *rows = (line.split() for line in table.read_text().splitlines())
    creator = names.index("cuid")
    return [int(row[1]) for row in rows if int(row[creator]) == uid]  # after the key comes the number


def _allow_beneath(ruleset: int, path: str, access: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        access &= -1 if Path(path).is_dir() else OF_FILES
        _syscall(LANDLOCK_ADD_RULE, ruleset, 1, struct.pack("=Qi", access, parent), ctypes.c_uint32(0))
    finally:
        os.close(parent)


def _syscall(number: int, *arguments: object) -> int:
    return _checked(_libc().syscall(number, *arguments), f"system call {number}")


def _checked(result: int, what: str) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")
    return result


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc
