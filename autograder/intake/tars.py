"""Reading a tar that a stranger made, in memory.

Students rarely hand one in, so this knows regular files and folders only, with the three ways of giving them long
names. The standard library's reader does more than is wanted here: it follows sparse maps and nested headers, and some
versions of it can be made to loop.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from autograder.intake.entries import MB, Entry, SizeLimits, too_large
from autograder.intake.kinds import damaged, is_gzip, refused
from autograder.intake.names import is_junk, safe_parts, shown

_BLOCK = 512
_LONGEST_HEADER = 64 * 1024


def tar_bytes(data: bytes, limits: SizeLimits) -> bytes:
    """The tar within ``data``, which may be gzipped; never much more than a submission may weigh.

    Raises:
        SubmissionError: It is larger, or damaged.
    """
    if not is_gzip(data):
        return data
    most = limits.submission_mb * MB + limits.submission_files * 4 * _BLOCK + MB  # headers and padding besides
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            unpacked = stream.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:  # it lies in memory: an OSError is gzip's own BadGzipFile
        raise damaged(shown(str(error))) from error
    if len(unpacked) > most:
        raise too_large(limits)
    return unpacked


def tar_entries(data: bytes) -> Iterator[Entry]:
    """The files of a tar, junk left out.

    Raises:
        SubmissionError: It is damaged, or holds what no folder may hold.
    """
    extra: dict[str, bytes] = {}  # what extended headers say of the entry after them
    for header in _headers(data):
        if header.kind in _EXTENDED:
            extra |= _EXTENDED[header.kind](_content(data, header))
            continue
        name = _text(extra.get("path", header.name))
        if any(key.startswith("GNU.sparse") for key in extra) or "size" in extra:
            raise refused(f"{shown(name)} is stored in a rare way.")
        extra = {}
        parts = safe_parts(name)
        if is_junk(parts) or not parts or header.kind == b"5":
            continue
        _check(header, name)
        yield Entry(parts, header.size, _opener(data, header))


@dataclass(frozen=True)
class _Header:
    name: bytes
    kind: bytes
    size: int
    start: int  # of the content


def _headers(data: bytes) -> Iterator[_Header]:
    at = 0
    while at + _BLOCK <= len(data) and data[at : at + _BLOCK].strip(b"\0"):
        header = _header(data[at : at + _BLOCK], at + _BLOCK)
        if header.start + header.size > len(data):
            raise damaged("It ends in the middle of a file.")
        yield header
        at = header.start + -(-header.size // _BLOCK) * _BLOCK


def _header(block: bytes, start: int) -> _Header:
    blank_sum = block[:148] + b" " * 8 + block[156:]
    if _octal(block[148:156]) != sum(blank_sum):
        raise damaged("A header's checksum is wrong.")
    name, prefix = _cut(block[:100]), _cut(block[345:500])
    is_posix = block[257:263] == b"ustar\0"  # elsewhere the prefix's bytes mean other things
    full = prefix + b"/" + name if prefix and is_posix else name
    return _Header(full, block[156:157], _octal(block[124:136]), start)


def _octal(field: bytes) -> int:
    digits = field.strip(b" \0")
    if not all(digit in b"01234567" for digit in digits):
        raise damaged("A header holds no number where one belongs.")
    return int(digits or b"0", 8)


def _cut(field: bytes) -> bytes:
    return field.split(b"\0", 1)[0]


def _content(data: bytes, header: _Header) -> bytes:
    if header.size > _LONGEST_HEADER:
        raise damaged("A header is too long.")
    return data[header.start : header.start + header.size]


def _gnu_long_name(content: bytes) -> dict[str, bytes]:
    return {"path": _cut(content)}


def _pax(content: bytes) -> dict[str, bytes]:
    """Records ``LENGTH key=value`` and a line feed; LENGTH counts all of the record's bytes, its own digits too."""
    records, at = {}, 0
    while at < len(content):
        length = content[at : at + 6].partition(b" ")[0]
        end = at + int(length) if length.isdigit() and len(length) < 6 else 0
        if not at + len(length) < end <= len(content):
            raise damaged("An extended header is broken.")
        key, _, value = content[at + len(length) + 1 : end - 1].partition(b"=")
        records[key.decode("utf-8", "backslashreplace")] = value
        at = end
    return records


def _ignored(content: bytes) -> dict[str, bytes]:  # noqa: ARG001  # one of the readers of extended headers
    return {}


# POSIX's header for the next entry and for all entries, GNU's long name and long link target.
_EXTENDED: Mapping[bytes, Callable[[bytes], dict[str, bytes]]] = {
    b"x": _pax,
    b"g": _ignored,
    b"L": _gnu_long_name,
    b"K": _ignored,
}


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")  # what isn't UTF-8 is refused with the other odd names


def _check(header: _Header, name: str) -> None:
    if header.kind in {b"1", b"2"}:
        raise refused(f"{shown(name)} is a link.", "Put the file itself in: links lead nowhere on another machine.")
    if header.kind not in {b"0", b"\0"} or name.endswith("/"):
        raise refused(f"{shown(name)} is not a regular file.", "Only files and folders can be handed in.")


def _opener(data: bytes, header: _Header) -> Callable[[], BinaryIO]:
    return lambda: io.BytesIO(data[header.start : header.start + header.size])
