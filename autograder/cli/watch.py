"""Checks again whenever a file is saved; the frameworks stay imported in between."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from watchfiles import PythonFilter, watch

from autograder.errors import AssignmentError


def watch_folder(folder: Path, again: Callable[[], object], console: Console) -> None:
    """Call ``again`` after each save of a Python or TOML file in ``folder``, until Ctrl+C."""
    console.print("\nWatching for changes; Ctrl+C ends it.", style="dim")
    with contextlib.suppress(KeyboardInterrupt):
        for changes in watch(folder, watch_filter=PythonFilter(extra_extensions=(".toml",))):
            names = ", ".join(sorted({Path(path).name for _, path in changes}))
            console.rule(f"{names} was saved", style="dim")
            try:
                again()
            except AssignmentError as error:  # a declaration that is just being edited
                console.print(str(error), markup=False, style="red")
