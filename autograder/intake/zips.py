"""Reading a zip that a stranger made, entry by entry and in memory."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from autograder.intake.entries import MB, MOST_ENTRIES, Entry
from autograder.intake.kinds import UNREADABLE, damaged, refused
from autograder.intake.names import is_junk, safe_parts, shown

LARGEST_RATIO = 200  # source code shrinks to a fifth, a bomb to a thousandth

_ENCRYPTED = 0x1 | 0x40 | 0x2000  # flag bits: password, strong encryption, masked names


def zip_entries(data: bytes) -> Iterator[Entry]:
    """The files of a zip, junk left out.

    Raises:
        SubmissionError: It is damaged, encrypted, empty, a document in disguise, or holds what no folder may hold.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except UNREADABLE as error:
        raise damaged(shown(str(error))) from error
    entries = archive.infolist()
    _check_whole([entry.orig_filename for entry in entries])
    for entry in entries:
        parts = safe_parts(entry.orig_filename)
        if is_junk(parts) or _is_folder(entry) or not parts:
            continue
        _check(entry)
        yield Entry(parts, entry.file_size, _opener(archive, entry))


def _check_whole(names: list[str]) -> None:
    if len(names) > MOST_ENTRIES:
        raise refused(f"The archive has more than {MOST_ENTRIES} entries.")
    if "[Content_Types].xml" in names:
        raise refused("This is an Office document (Word, Excel, PowerPoint) named as a zip.")


def _is_folder(entry: zipfile.ZipInfo) -> bool:
    return entry.orig_filename.endswith(("/", "\\")) and entry.file_size == 0 and _kind(entry) in {0, stat.S_IFDIR}


def _kind(entry: zipfile.ZipInfo) -> int:
    """The Unix kind of file, or 0 where the zip was made elsewhere."""
    return stat.S_IFMT(entry.external_attr >> 16)


def _check(entry: zipfile.ZipInfo) -> None:
    name = shown(entry.orig_filename)
    if entry.flag_bits & _ENCRYPTED:
        raise refused("The zip is encrypted.", "Make it anew without a password.")
    if _kind(entry) == stat.S_IFLNK:
        raise refused(f"{name} is a link.", "Put the file itself in the zip: links lead nowhere on another machine.")
    if _kind(entry) not in {0, stat.S_IFREG} or entry.orig_filename.endswith(("/", "\\")):
        raise refused(f"{name} is not a regular file.", "Only files and folders can be handed in.")
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise refused(f"{name} is compressed in a rare way.", "Make the zip anew with your system's own program.")
    if entry.file_size > MB and entry.file_size > LARGEST_RATIO * entry.compress_size:
        raise refused(
            f"{name} would grow from {entry.compress_size} to {entry.file_size} bytes.",
            "Leave it out: no source file shrinks that much.",
        )


def _opener(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: cast("BinaryIO", archive.open(entry))
