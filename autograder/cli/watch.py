"""Checks again whenever a file is saved; the frameworks stay imported in between."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from watchfiles import PythonFilter, watch

from autograder.errors import AssignmentError

MILLISECONDS = 100  # between two looks


def watch_folder(folder: Path, check: Callable[[], object], console: Console) -> None:
    """Call ``check`` now, and again after each save of a Python or TOML file in ``folder``, until Ctrl+C.

    What is saved while a check runs is checked when that has ended.

    Raises:
        AssignmentError: By the first check; what later ones say of a declaration that is being edited is printed.
    """
    filtered = PythonFilter(extra_extensions=(".toml",))
    saves = watch(folder, watch_filter=filtered, rust_timeout=MILLISECONDS, yield_on_timeout=True)
    next(saves)  # from here on the system takes note of saves, so that one during the first check counts, too
    check()
    with contextlib.suppress(KeyboardInterrupt):
        _tell(console)
        for changes in filter(None, saves):
            names = ", ".join(sorted({Path(path).name for _, path in changes}))
            console.rule(f"{names} was saved", style="dim")
            try:
                check()
            except AssignmentError as error:  # a declaration that is just being edited
                console.print(str(error), markup=False, style="red")
            if console.quiet:  # nobody reads any more, and nothing else comes of it
                return
            _tell(console)


def _tell(console: Console) -> None:
    console.print("\nWatching for changes; Ctrl+C ends it.", style="dim")
