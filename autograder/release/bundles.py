"""What is handed out: files by their paths, and archives of them that are the same bytes each time.

No time, no owner, no order of a file system and no path of this machine gets into an archive.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import AssignmentError
from autograder.intake.names import is_junk

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold


@dataclass(frozen=True)
class File:
    """A file to be handed out."""

    data: bytes
    executable: bool = False

    @classmethod
    def of(cls, text: str, *, executable: bool = False) -> File:
        """A text file, in UTF-8."""
        return cls(text.encode("utf-8"), executable)


Bundle = Mapping[str, File]  # by relative path, with "/"


def read_file(path: Path) -> File:
    """A file as it lies on the disk, executable where its owner may run it.

    Raises:
        AssignmentError: It can't be read.
    """
    try:
        return File(path.read_bytes(), bool(path.stat().st_mode & stat.S_IXUSR))
    except OSError as error:
        raise AssignmentError(f"{path}: can't be read: {error.strerror}") from error


def read_folder(folder: Path) -> Bundle:
    """All files below a folder, by their paths within it; without what systems and tools leave behind.

    Raises:
        AssignmentError: A file can't be read, or is a link: what it leads to may lie anywhere.
    """
    return {path.relative_to(folder).as_posix(): read_file(path) for path in _files(folder)}


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if is_junk((path.name,)) or path.suffix == ".pyc":
            continue
        if path.is_symlink():
            raise AssignmentError(f"{path} is a link; put the file itself there to hand it out")
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def below(folder: str, bundle: Bundle) -> Bundle:
    """The same files, in a folder."""
    return {f"{folder}/{path}": file for path, file in bundle.items()}


def zipped(bundle: Bundle) -> bytes:
    """A zip of the files, sorted by path; files have the mode 0644, or 0755 where they are executable."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, file in sorted(bundle.items()):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.create_system = 3  # Unix, wherever this runs: only then are the modes read
            entry.external_attr = (stat.S_IFREG | _mode(file)) << 16
            archive.writestr(entry, file.data, zipfile.ZIP_DEFLATED, compresslevel=9)
    return buffer.getvalue()


def write_folder(bundle: Bundle, folder: Path) -> None:
    """Write the files below a folder, with the modes that :func:`zipped` gives them."""
    for path, file in sorted(bundle.items()):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.data)
        target.chmod(_mode(file))


def _mode(file: File) -> int:
    return 0o755 if file.executable else 0o644
