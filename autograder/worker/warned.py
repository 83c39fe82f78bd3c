"""Where a warning comes from, as a student sees it: a line of their own file, never one of the grader's.

``warnings`` names the line that called what warns. That is often a framework's; or the worker's own, where what a
student's function returned becomes a number, such as a loss that keeps its gradient.
"""

from __future__ import annotations

import linecache
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import TextIO

PACKAGE = str(Path(__file__).parents[1])


def tell_students_lines(folder: str, called: Callable[[], CodeType | None]) -> None:
    """From now on print each warning with a line of the student's.

    Args:
        folder: The student's.
        called: The function of the student's that was called last.
    """

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if not filename.startswith(folder):
            ours = called() if filename.startswith(PACKAGE) else None
            definition = (ours.co_filename, ours.co_firstlineno) if ours else (filename, lineno)
            filename, lineno = _innermost(sys._getframe(), folder) or definition  # noqa: SLF001 - there is no other way
        line = line or linecache.getline(filename, lineno).strip()
        text = warnings.formatwarning(message, category, filename.removeprefix(f"{folder}/"), lineno, line)
        (file or sys.stderr).write(text)

    warnings.showwarning = show


def _innermost(frame: FrameType | None, folder: str) -> tuple[str, int] | None:
    """File and line of the student's that is being run, in the call that is going on; None where it has returned."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(folder):
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return None
