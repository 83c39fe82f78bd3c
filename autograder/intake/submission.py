"""From what a student hands in to a clean folder that the worker may read."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.errors import Finding, InternalError, SubmissionError, what_to_do
from autograder.intake.entries import MB, Entry, SizeLimits, admitted, pieces, too_large
from autograder.intake.folders import file_entry, folder_entries
from autograder.intake.kinds import is_tar, is_zip, not_an_archive, refused
from autograder.intake.modules import module_problem
from autograder.intake.names import check_parts, shown
from autograder.intake.tars import tar_bytes, tar_entries
from autograder.intake.zips import zip_entries


@dataclass(frozen=True)
class Submission:
    """A submission's files, in a folder of our own.

    Attributes:
        source: What the student handed in.
        folder: The clean copy.
        files: Relative paths of all files in it, with ``/``, sorted.
    """

    source: Path
    folder: Path
    files: tuple[str, ...]

    def module_path(self, name: str) -> Path:
        """The file of the module ``name`` (without ``.py``), which is there and is text that Python reads.

        Raises:
            SubmissionError: It isn't; the other framework's module can still be graded.
        """
        problem = self.module_problem(name)
        if problem:
            raise SubmissionError(problem)
        return self.folder / f"{name}.py"

    def module_problem(self, name: str) -> Finding | None:
        """Why the module ``name`` can't be read, or nothing."""
        return module_problem(name, self.folder, self.files, self.source)


def open_submission(path: Path, into: Path, *, limits: SizeLimits) -> Submission:
    """Copy a student's folder, zip, tar or single Python file into a clean folder.

    Regular files only; files get the mode 0644 and folders 0755. A folder that holds everything, as archives often
    have, is left out, so that the modules lie at the top.

    Args:
        path: What the student handed in; trusted to be the right place, not in what it holds.
        into: The folder to fill; empty, or made here. Empty again where this fails.
        limits: ``submission_mb`` and ``submission_files``, unpacked and without junk.

    Raises:
        SubmissionError: It can't be opened, or holds what no submission may hold.
        InternalError: ``path`` doesn't exist, ``into`` isn't empty, or writing failed.
    """
    if into.exists() and any(into.iterdir()):
        raise InternalError(f"{into} isn't empty: a submission needs a folder of its own")
    with _readable(path):
        if not path.exists():
            raise InternalError(f"there is no {path}")
        entries = _without_top_folder(admitted(_entries(path, limits), limits))
    if not entries:
        raise refused(f"{shown(path.name)} holds no files.", "Hand in your modules, in a zip.")
    try:
        _write(entries, into)
    except BaseException as error:
        shutil.rmtree(into, ignore_errors=True)
        if isinstance(error, OSError):
            raise InternalError(f"the submission couldn't be copied into {into}: {error}") from error
        raise
    return Submission(path, into, tuple(sorted(entry.path for entry in entries)))


def file_names(path: Path, *, limits: SizeLimits) -> tuple[str, ...]:
    """Relative paths of the files that a submission of any kind holds, be they too many or too large.

    Args:
        path: What the student handed in.
        limits: Of an archive, which is read as a whole; nothing is unpacked to a disk.

    Raises:
        SubmissionError: It can't be opened, or holds a name that no submission may hold.
        InternalError: It changes while it is looked at, or the disk is broken.
    """
    with _readable(path):
        return tuple(entry.path for entry in _entries(path, limits))


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What the system refuses beyond a student's own mistakes, which have been told by then, is nobody's points."""
    try:
        yield
    except OSError as error:
        raise InternalError(f"{path} can't be read: {what_to_do(error)}") from error


def _entries(path: Path, limits: SizeLimits) -> Iterator[Entry]:
    if path.is_dir():
        return folder_entries(path)
    if path.suffix == ".py":
        check_parts((path.name,))
        return iter([file_entry(path.resolve(), (path.name,))])
    return _archive_entries(path, limits)


def _archive_entries(path: Path, limits: SizeLimits) -> Iterator[Entry]:
    if not path.is_file():
        raise refused(f"{shown(path.name)} is not a regular file.")
    if path.stat().st_size > limits.submission_mb * MB:
        raise too_large(limits)
    data = path.read_bytes()
    if is_zip(data):
        return zip_entries(data)
    tar = tar_bytes(data, limits)
    if is_tar(tar):
        return tar_entries(tar)
    raise not_an_archive(shown(path.name), data)


def _without_top_folder(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Finder, Explorer and GitHub wrap a zip's files in a folder; one with a module's name is a mistake to report."""
    while entries and _share_a_folder(entries):
        entries = tuple(replace(entry, parts=entry.parts[1:]) for entry in entries)
    return entries


def _share_a_folder(entries: Iterable[Entry]) -> bool:
    tops = {entry.parts[0] if len(entry.parts) > 1 else "" for entry in entries}
    return len(tops) == 1 and not any(top == "" or top.endswith(".py") for top in tops)


def _write(entries: Iterable[Entry], into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    into.chmod(0o755)
    for entry in entries:
        folder = into
        for part in entry.parts[:-1]:
            folder /= part
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        _write_file(entry, folder / entry.parts[-1])


def _write_file(entry: Entry, file: Path) -> None:
    with file.open("xb") as stream:
        for block in pieces(entry):
            stream.write(block)
    file.chmod(0o644)
