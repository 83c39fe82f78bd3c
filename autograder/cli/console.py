"""The commands' one way to print."""

from __future__ import annotations

import os
import sys

from rich.console import Console


class Terminal(Console):
    """Goes silent when nobody reads any more (``| head``): what was asked for is done all the same."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())  # so that what is still in the buffer finds somebody
        os.close(nowhere)

    def say(self, text: str, style: str | None = None) -> None:
        """Print a text as it is: nothing in it is markup, and no path is broken into two lines."""
        self.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
