"""Files on their way from a submission into a clean folder, whatever they come in."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from autograder.errors import Finding, SubmissionError
from autograder.intake.kinds import UNREADABLE, damaged
from autograder.intake.names import shown

MB = 1_000_000
MOST_ENTRIES = 50_000  # junk included: a .git folder or an environment that was packed as well has thousands


class SizeLimits(Protocol):
    """What a submission may weigh; ``Assignment.limits`` is one."""

    @property
    def submission_mb(self) -> int: ...

    @property
    def submission_files(self) -> int: ...


@dataclass(frozen=True)
class Entry:
    """A regular file. ``size`` is what is declared; what comes when it is read is counted anew.

    Attributes:
        parts: Its relative path.
        size: Bytes, as declared.
        open: Opens it for reading.
    """

    parts: tuple[str, ...]
    size: int
    open: Callable[[], BinaryIO]

    @property
    def path(self) -> str:
        return "/".join(self.parts)


def admitted(entries: Iterable[Entry], limits: SizeLimits) -> tuple[Entry, ...]:
    """The entries, once their number and their declared sizes are known to be within the limits.

    Raises:
        SubmissionError: Too many, too large, or two that would be one file.
    """
    taken: list[Entry] = []
    for entry in entries:
        taken.append(entry)
        if len(taken) > limits.submission_files:
            raise too_many(limits)
    if sum(entry.size for entry in taken) > limits.submission_mb * MB:
        raise too_large(limits, taken)
    _refuse_collisions(taken)
    return tuple(taken)


def pieces(entry: Entry) -> Iterator[bytes]:
    """The content of a file in blocks, and never more than was declared.

    Raises:
        SubmissionError: It can't be read, or is larger than declared.
    """
    left = entry.size
    try:
        with entry.open() as stream:
            while block := stream.read(min(left + 1, 1 << 20)):
                left -= len(block)
                if left < 0:
                    raise damaged(f"{shown(entry.path)} is larger than declared.")
                yield block
    except UNREADABLE as error:
        raise damaged(f"{shown(entry.path)}: {shown(str(error))}") from error


def too_many(limits: SizeLimits) -> SubmissionError:
    advice = "Leave out data, environments and results: only your modules are needed."
    return SubmissionError(Finding(f"The submission has more than {limits.submission_files} files.", advice=advice))


def too_large(limits: SizeLimits, entries: Iterable[Entry] = ()) -> SubmissionError:
    largest = sorted(entries, key=lambda entry: -entry.size)[:3]
    return SubmissionError(
        Finding(
            f"The submission is larger than {limits.submission_mb} MB.",
            found=", ".join(f"{shown(entry.path)} has {entry.size / MB:.1f} MB" for entry in largest),
            advice="Leave out data, environments and trained weights: only your modules are needed.",
        )
    )


def _refuse_collisions(entries: Iterable[Entry]) -> None:
    """No file twice, also where case and the form of accents don't count, and none in the place of a folder."""
    files: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        key = key_of(entry)
        if key in files:
            raise _collision(f"{shown(entry.path)} is there twice (or its names differ only in case).")
        files[key] = entry
    for key, entry in files.items():
        for depth in range(1, len(key)):
            if key[:depth] in files:
                raise _collision(
                    f"{shown(files[key[:depth]].path)} is both a file and a folder (of {entry.parts[-1]})."
                )


def key_of(entry: Entry) -> tuple[str, ...]:
    """Where it lies, for systems that tell neither case nor forms of accents apart."""
    return tuple(unicodedata.normalize("NFC", part).casefold() for part in entry.parts)


def _collision(message: str) -> SubmissionError:
    return SubmissionError(Finding(message, advice="Keep the one that counts and make the archive anew."))
