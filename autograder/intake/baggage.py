"""What a submission brings along besides code: data in its files, which may be weights or answers from elsewhere.

Honest students hand such things in by mistake. So it is told to the staff as something to look at, and costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

LONG_LINE: Final = 20_000  # characters: 5,000 weights as text; no formatter leaves a line of code as long
LARGE_MODULE: Final = 200_000  # bytes: far more code than an assignment takes
LARGE_FILE: Final = 100_000  # bytes of something that is no Python
MOST_TOLD: Final = 5


def baggage(folder: Path, files: Sequence[str]) -> list[str]:
    """Files that hold much data, each with how much.

    Args:
        folder: The clean copy of the submission.
        files: The relative paths of its files.
    """
    found = [said for file in files if (said := _told(folder / file, file))]
    return found[:MOST_TOLD]


def _told(path: Path, file: str) -> str:
    size = path.stat().st_size
    if path.suffix != ".py":
        return f"{file} has {size:,} bytes" if size > LARGE_FILE else ""
    longest = max(map(len, path.read_bytes().split(b"\n")))
    if longest > LONG_LINE:
        return f"{file} has a line of {longest:,} characters"
    return f"{file} has {size:,} bytes" if size > LARGE_MODULE else ""
