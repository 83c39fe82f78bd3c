"""What a file is by its first bytes: students rename what they have to ``.zip``, and say that it worked at home."""

from __future__ import annotations

import struct
import zipfile
import zlib

from autograder.errors import Finding, SubmissionError

# What reading an archive that lies in memory raises: never the grader's own trouble, such as a full disk (OSError).
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)

_ZIP_ADVICE = "Hand in a .zip: your system's own `compress` makes one of the files."

_SIGNATURES = (
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf'\x1c", "a 7-Zip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "a rich-text document"),
    (b"<", "a web page (a download that needed a login?)"),
    (b'{"cells"', "a notebook"),
    (b"{\n", "a notebook, or other JSON,"),
)


def is_zip(data: bytes) -> bool:
    """Whether it begins as a zip does; an empty zip counts."""
    return data[:4] in {b"PK\x03\x04", b"PK\x05\x06"}


def is_gzip(data: bytes) -> bool:
    return data[:2] == b"\x1f\x8b"


def is_tar(data: bytes) -> bool:
    return data[257:262] == b"ustar"


def not_an_archive(name: str, data: bytes) -> SubmissionError:
    """What to tell someone whose file is neither zip nor tar."""
    kind = next((kind for start, kind in _SIGNATURES if data.lstrip().startswith(start)), "")
    found = f"It is {kind}." if kind else "" if data else "It has no content: the upload may have broken off."
    return SubmissionError(Finding(f"{name} is not a zip archive.", found=found, advice=_ZIP_ADVICE))


def damaged(reason: str) -> SubmissionError:
    """A zip or tar that can't be read to its end."""
    advice = (
        "Make it anew and try to unpack it yourself before you hand it in; a download or upload may have broken off."
    )
    return SubmissionError(Finding("The archive is damaged.", found=f"{reason.rstrip('.')}.", advice=advice))


def refused(message: str, advice: str = _ZIP_ADVICE) -> SubmissionError:
    return SubmissionError(Finding(message, advice=advice))
