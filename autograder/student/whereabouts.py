"""Which line of the student's a worker is in, where it has to be stopped. Its word, so it only ever becomes text."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from autograder.protocol.stack import ASKED_BY, Frame, frames
from autograder.student.values import plain

SECONDS_TO_SAY: Final = 1.0  # a thread that computes is interrupted at once; one that the kernel holds, never
SECONDS_OF_SILENCE: Final = 0.05  # faulthandler writes frame by frame
MOST_BYTES: Final = 65536  # what a pipe holds
MOST_SOURCE: Final = 2**21
MOST_LINE: Final = 200
MOST_SHOWN: Final = 8


@dataclass(frozen=True)
class Whereabouts:
    """The student's own frames, the innermost first; empty where nothing is known.

    Attributes:
        frames: Files relative to the student's folder.
        code: The text of the innermost line, by the grader's own copy of the file.
    """

    frames: tuple[Frame, ...] = ()
    code: str = ""

    @property
    def line(self) -> str:
        """The innermost one in words, such as ``work.py, line 3, in split_words: while True:``."""
        return f"{_place(self.frames[0])}{f': {self.code}' if self.code else ''}" if self.frames else ""

    @property
    def callers(self) -> str:
        """The others in words, the outermost first; empty where there is one frame alone."""
        shown = self.frames[:MOST_SHOWN]
        return "\n".join(dict.fromkeys(_place(frame) for frame in reversed(shown))) if len(shown) > 1 else ""

    def is_in_function_of(self, other: Whereabouts) -> bool:
        """Whether the innermost lines of both are in one function."""
        return bool(self.frames and other.frames) and _function(self.frames[0]) == _function(other.frames[0])


class StackPipe:
    """The pipe that a worker writes its stack to. :meth:`close` it in the end."""

    def __init__(self, folder: str) -> None:
        """``folder`` is the student's: only frames in its files count."""
        self._folder = folder
        self._reader, self.writer = os.pipe()
        for end in (self._reader, self.writer):  # a pipe that someone has filled holds up neither side
            fcntl.fcntl(end, fcntl.F_SETFL, fcntl.fcntl(end, fcntl.F_GETFL) | os.O_NONBLOCK)

    def close_writer(self) -> None:
        """Close the grader's copy of the writing end, once the worker has its own."""
        os.close(self.writer)

    def ask(self, pid: int) -> Whereabouts:
        """Where this process, which has to be a worker that serves, is now."""
        self._read(0)  # what lies there from before says nothing of now
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, ASKED_BY)
            return self._of(self._read(SECONDS_TO_SAY))
        return Whereabouts()

    def left(self) -> Whereabouts:
        """Where a process was that has crashed."""
        return self._of(self._read(0))

    def close(self) -> None:
        os.close(self._reader)

    def _read(self, seconds: float) -> bytes:
        """What comes within this time, up to a pause."""
        ready, read, until = select.poll(), b"", time.monotonic() + seconds
        ready.register(self._reader, select.POLLIN)
        while len(read) < MOST_BYTES:
            wait = SECONDS_OF_SILENCE if read else max(until - time.monotonic(), 0.0)
            if not ready.poll(1000 * wait) or not (chunk := os.read(self._reader, MOST_BYTES)):
                break
            read += chunk
        return read

    def _of(self, said: bytes) -> Whereabouts:
        start = f"{self._folder.rstrip('/')}/"
        own = [
            Frame(frame.file.removeprefix(start), frame.line, plain(frame.function, 80))
            for frame in frames(said.decode("utf-8", "replace"))
            if frame.file.startswith(start)
        ]
        return Whereabouts(tuple(own), _code(Path(self._folder), own[0]) if own else "")


def _function(frame: Frame) -> tuple[str, str]:
    return frame.file, frame.function


def _place(frame: Frame) -> str:
    return f"{frame.file}, line {frame.line}, in {frame.function}"


def _code(folder: Path, frame: Frame) -> str:
    """The line's text. The name is the worker's word: only a regular file within the folder is looked at."""
    file = folder / frame.file
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        inside = file.resolve(strict=True).is_relative_to(folder.resolve())
        info = file.lstat()
        if inside and stat.S_ISREG(info.st_mode) and info.st_size <= MOST_SOURCE:
            lines = file.read_text("utf-8", "replace").splitlines()
            return plain(lines[frame.line - 1].strip(), MOST_LINE) if 0 < frame.line <= len(lines) else ""
    return ""
