"""The commands' one way to print."""

from __future__ import annotations

import contextlib
import os

from rich.console import Console

from autograder.errors import what_to_do


class Terminal(Console):
    """Goes silent when nobody reads any more, or nothing can be written: what was asked for is done all the same.

    So it is behind ``| head``, in a terminal that is gone, and in a log on a full disk.
    """

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        with contextlib.suppress(OSError, ValueError):  # it may have no descriptor
            os.dup2(nowhere, self.file.fileno())  # so that what is still in the buffer finds somebody
        os.close(nowhere)

    def _write_buffer(self) -> None:
        try:
            super()._write_buffer()
        except BrokenPipeError:
            self.on_broken_pipe()
        except OSError as error:
            self.on_broken_pipe()
            if not self.stderr:
                said = f"What is printed can't be written: {what_to_do(error)} Grading goes on, without a word."
                Terminal(stderr=True).say(said, style="yellow")

    def say(self, text: str, style: str | None = None) -> None:
        """Print a text as it is: nothing in it is markup, and no path is broken into two lines."""
        self.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
