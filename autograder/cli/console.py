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
