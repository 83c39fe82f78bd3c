"""Files that are whole or not there: results are written after every single check, and the run may die at any time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import threading
from typing import TYPE_CHECKING, Final

from autograder.errors import AssignmentError, InternalError, what_to_do
from autograder.reporters import gradescope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from autograder.report import Report

FILES: Final = ("results.json", "report.json", "report.html")
TRIAL_BYTES: Final = 128 * 1024  # all three of the solution of text-cnn have 96 KB


def write_atomically(path: Path, text: str) -> None:
    r"""Write ``text`` (as UTF-8) so that ``path`` holds the old content or the new one, whole, even after a crash.

    Args:
        path: The file to replace or create; its folder has to exist. A link is replaced, not followed.
        text: A lone surrogate is written as ``\udc80``, which in JSON is its own escape.

    Raises:
        InternalError: It can't be written; the old content is still there, and no temporary file is left behind.
    """
    # Named by process and thread: writers don't clash, and a killed one leaves at most one file for the next to reuse.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        try:
            _write_to_disk(temporary, text.encode("utf-8", "backslashreplace"))
            temporary.replace(path)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise InternalError(_refusal(f"write {path}", error)) from error


def write_results(report: Report, folder: Path) -> None:
    """Write ``results.json`` (Gradescope's) and ``report.json``; quick enough to call after every check.

    Raises:
        InternalError: See :func:`write_atomically`.
    """
    _make(folder)
    write_atomically(folder / "results.json", gradescope.to_json(report))
    write_atomically(folder / "report.json", report.to_json())


def write_all(report: Report, folder: Path, *, staff: bool = False) -> None:
    """Write what :func:`write_results` does, and ``report.html`` (the student's view unless ``staff``).

    Raises:
        InternalError: See :func:`write_atomically`.
    """
    write_results(report, folder)
    from autograder.reporters import html  # here, since jinja2 takes 0.1 s to import and only the end of a run needs it

    write_atomically(folder / "report.html", html.render(report, staff=staff))


@contextlib.contextmanager
def claim(folder: Path) -> Iterator[None]:
    """Make the folder for the results and keep it for this grading alone, as long as the context lasts.

    See that files of some size can be written there: before hours of grading, not after. What killed gradings left
    half-written there is removed.

    Raises:
        AssignmentError: It can't be made, nothing can be written there, or another grading is writing there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        making = isinstance(error, FileNotFoundError)  # mkdir makes parents, so no advice to create it helps
        why = f"{folder} can't be made there. Choose another results folder."
        told = f"Can't write results: {why}" if making else _refusal(f"write results to {folder}", error)
        raise AssignmentError(told) from error
    try:
        _lock(lock, folder)
        _try_out(folder)
        yield
    finally:
        os.close(lock)


def _lock(opened: int, folder: Path) -> None:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        told = f"Another grading is writing to {folder}: choose another results folder, or wait until it has ended."
        raise AssignmentError(told) from None
    except OSError:  # a file system without locks: each single file is whole all the same
        return


def _try_out(folder: Path) -> None:
    """Write a file of some size, and look at what lies where the results will."""
    trial = folder / f".{FILES[0]}.{os.getpid()}.trial.tmp"  # removed as those are, should we be killed here
    try:
        for name in FILES:
            for left in folder.glob(f".{name}.*.tmp"):
                left.unlink()
            if (folder / name).is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        try:
            _write_to_disk(trial, bytes(TRIAL_BYTES))
        finally:
            trial.unlink(missing_ok=True)
    except OSError as error:
        raise AssignmentError(_refusal(f"write results to {folder}", error)) from error


def _write_to_disk(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o644), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InternalError(_refusal(f"create the folder {folder}", error)) from error


def _refusal(what: str, error: OSError) -> str:
    return f"Can't {what}: {what_to_do(error)}"
