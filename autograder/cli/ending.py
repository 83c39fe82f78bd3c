"""How a command ends that a signal has stopped: by that signal, once everything is tidied up.

A shell looks at that: of a child that exits with a code, though it be 130, a loop goes on to the next turn; of a child
that has died by SIGINT it takes the Ctrl+C for its own.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
from types import FrameType
from typing import Final

STOPS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # Ctrl+C, a stopped container, a closed terminal


class Stop:
    """Turns signals that ask for an end into a KeyboardInterrupt, and remembers which one came."""

    def __init__(self) -> None:
        self.came: signal.Signals | None = None

    def listen(self) -> None:
        """Hear those signals from now on; what the caller has ignored (``nohup``, a job in the background) stays so."""
        for one in STOPS:
            if signal.getsignal(one) is not signal.SIG_IGN:
                signal.signal(one, self._heard)

    def die(self) -> None:
        """End this process by the signal that came. Returns only where none did, or something keeps it off.

        What Python does at its exit is done before: buffers are written, what was registered is called.
        """
        if self.came is None:
            return
        signal.signal(self.came, signal.SIG_DFL)
        atexit._run_exitfuncs()  # noqa: SLF001 - death by a signal would skip them; multiprocessing calls them so, too
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):  # nobody reads any more
                stream.flush()
        os.kill(os.getpid(), self.came)

    def _heard(self, number: int, _: FrameType | None) -> None:
        self.came = signal.Signals(number)
        raise KeyboardInterrupt
