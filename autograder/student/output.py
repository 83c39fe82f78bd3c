"""Captures what a worker prints, up to a cap, and drains the rest so that nobody blocks."""

from __future__ import annotations

import os
import threading


class CappedOutput:
    """Reads a pipe in a thread; keeps the first ``cap`` bytes and counts the others. It is never parsed."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._kept = bytearray()
        self._dropped = 0
        self._reader, self.writer = os.pipe()
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def close_writer(self) -> None:
        """Close the grader's copy of the writing end, once the worker has its own."""
        os.close(self.writer)

    def text(self) -> str:
        """What has been printed so far, with a remark where it was cut."""
        shown = bytes(self._kept).decode("utf-8", "replace")
        return shown + (f"\n[... {self._dropped:,} more bytes were dropped]" if self._dropped else "")

    def finish(self, seconds: float = 2.0) -> str:
        """Wait until every writer has closed the pipe, and return the text."""
        self._thread.join(seconds)
        return self.text()

    def _drain(self) -> None:
        with os.fdopen(self._reader, "rb", buffering=0) as pipe:
            while chunk := pipe.read(65536):
                room = self._cap - len(self._kept)
                self._kept += chunk[:room]
                self._dropped += max(len(chunk) - room, 0)
