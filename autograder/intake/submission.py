"""From what a student hands in to a clean folder that the worker may read."""

from __future__ import annotations

import contextlib
import shlex
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.errors import Finding, InternalError, SubmissionError, what_to_do
from autograder.intake.entries import MB, Entry, SizeLimits, pieces, too_large
from autograder.intake.find import brought_to_top, taken, unpacked
from autograder.intake.folders import file_entry, folder_entries
from autograder.intake.kinds import is_tar, is_zip, not_an_archive, refused
from autograder.intake.modules import meant, module_problem
from autograder.intake.names import check_parts, shown
from autograder.intake.platforms import own_name
from autograder.intake.tars import tar_bytes, tar_entries
from autograder.intake.zips import zip_entries


@dataclass(frozen=True)
class Submission:
    """A submission's files, in a folder of our own.

    Attributes:
        source: What the student handed in.
        folder: The clean copy.
        files: Relative paths of all files in it, with ``/``, sorted.
        taken_as: A module's file, and the path of the file that was taken as it, where that is another one.
    """

    source: Path
    folder: Path
    files: tuple[str, ...]
    taken_as: Mapping[str, str] = field(default_factory=dict)

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

    def hints(self, names: Iterable[str]) -> list[str]:
        """For whoever grades: which file a module that is missing may be, and how to have it taken as that."""
        missing = [name for name in names if f"{name}.py" not in self.files]
        found = [(name, meant(name, self.files)) for name in missing]
        return [
            f"{name}.py is missing. If {shown(file)} is meant, grade again with --as {shlex.quote(f'{name}.py={file}')}"
            for name, files in found
            for file in files
        ]


def open_submission(
    path: Path, into: Path, *, limits: SizeLimits, wanted: Sequence[str] = (), taken_as: Mapping[str, str] | None = None
) -> Submission:
    """Copy a student's folder, zip, tar or single Python file into a clean folder.

    Regular files only; files get the mode 0644 and folders 0755. A folder that holds everything, as archives often
    have, is left out, so that the modules lie at the top. A module that is ``wanted`` is also found in another folder
    and in an archive within, and under the name that a platform gave it, if just one file can be meant.

    Args:
        path: What the student handed in; trusted to be the right place, not in what it holds.
        into: The folder to fill; empty, or made here. Empty again where this fails.
        limits: ``submission_mb`` and ``submission_files``, unpacked and without junk.
        wanted: File names of the modules to look for; none to take all as it lies.
        taken_as: Of some modules' file names, the path of the file to take as that.

    Raises:
        AssignmentError: A file of ``taken_as`` isn't there.
        SubmissionError: It can't be opened, or holds what no submission may hold.
        InternalError: ``path`` doesn't exist, ``into`` isn't empty, or writing failed.
    """
    if into.exists() and any(into.iterdir()):
        raise InternalError(f"{into} isn't empty: a submission needs a folder of its own")
    with _readable(path):
        if not path.exists():
            raise InternalError(f"there is no {path}")
        entries = _without_top_folder(unpacked(_entries(path, limits), wanted, limits, _archived))
    if not entries:
        raise refused(f"{shown(path.name)} holds no files.", "Hand in your modules, in a zip.")
    chosen = taken(entries, wanted, taken_as or {})
    entries = brought_to_top(entries, chosen, wanted) if chosen else entries
    try:
        _write(entries, into)
    except BaseException as error:
        shutil.rmtree(into, ignore_errors=True)
        if isinstance(error, OSError):
            raise InternalError(f"the submission couldn't be copied into {into}: {error}") from error
        raise
    names = {module: entry.path for module, entry in chosen.items()}
    return Submission(path, into, tuple(sorted(entry.path for entry in entries)), names)


def file_names(path: Path, *, limits: SizeLimits, wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """Relative paths of the files that a submission of any kind holds, be they too many or too large.

    Where none of the files that are ``wanted`` is among them, those of archives within are named as well, if they can
    be opened; without what a platform has added to the names of files.

    Args:
        path: What the student handed in.
        limits: Of an archive, which is read as a whole; nothing is unpacked to a disk.
        wanted: File names of modules; where none is given, archives within aren't looked into.

    Raises:
        SubmissionError: It can't be opened, or holds a name that no submission may hold.
        InternalError: It changes while it is looked at, or the disk is broken.
    """
    with _readable(path):
        entries = list(_entries(path, limits))
        if wanted:
            with contextlib.suppress(SubmissionError):
                entries = list(unpacked(entries, wanted, limits, _archived))
            return tuple("/".join((*entry.parts[:-1], own_name(entry.parts[-1]))) for entry in entries)
        return tuple(entry.path for entry in entries)


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
    return _archived(path.read_bytes(), limits, path.name)


def _archived(data: bytes, limits: SizeLimits, name: str = "It") -> Iterator[Entry]:
    if is_zip(data):
        return zip_entries(data)
    tar = tar_bytes(data, limits)
    if is_tar(tar):
        return tar_entries(tar)
    raise not_an_archive(shown(name), data)


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
