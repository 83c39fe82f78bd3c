"""Captures what a worker prints, up to a cap, and drains the rest so that nobody blocks."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import termios
import threading
import time

from autograder.errors import InternalError

SECONDS_TO_CATCH_UP = (
    0.5  # what was printed before an answer is in the pipe already; whoever prints on isn't waited for
)


class CappedOutput:
    """Reads a pipe in a thread; keeps the first ``cap`` bytes and counts the others. It is never parsed."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._kept = bytearray()
        self._dropped = 0
        self._reading = False
        self._ended = False
        self._reader, self.writer = os.pipe()
        self._thread = threading.Thread(target=self._drain, daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:
            os.close(self._reader)
            os.close(self.writer)
            what = "raise the number of processes that this account may have (`ulimit -u`), and grade again"
            raise InternalError(f"no further thread can be started: {what}") from error

    def close_writer(self) -> None:
        """Close the grader's copy of the writing end, once the worker has its own."""
        os.close(self.writer)

    def text(self) -> str:
        """What has been printed so far, with a remark where it was cut."""
        until = time.monotonic() + SECONDS_TO_CATCH_UP
        while self._behind() and time.monotonic() < until:
            time.sleep(0.001)
        shown = bytes(self._kept).decode("utf-8", "replace")
        return shown + (f"\n[... {self._dropped:,} more bytes were dropped]" if self._dropped else "")

    def finish(self, seconds: float = 2.0) -> str:
        """Wait until every writer has closed the pipe, and return the text."""
        self._thread.join(seconds)
        return self.text()

    def _behind(self) -> bool:
        """Whether something lies in the pipe, or is on its way from there."""
        if self._ended:
            return False
        (waiting,) = struct.unpack("i", fcntl.ioctl(self._reader, termios.FIONREAD, b"\0" * 4))
        return bool(waiting) or self._reading

    def _drain(self) -> None:
        ready = select.poll()
        ready.register(self._reader, select.POLLIN)
        with os.fdopen(self._reader, "rb", buffering=0) as pipe:
            while True:
                ready.poll()
                self._reading = True  # before the pipe is emptied: at no moment does it look as if all were here
                chunk = pipe.read(65536)
                room = self._cap - len(self._kept)
                self._kept += chunk[:room]
                self._dropped += max(len(chunk) - room, 0)
                self._reading = False
                if not chunk:
                    self._ended = True  # before the descriptor's number can be another file's
                    return
