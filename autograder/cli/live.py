"""What a person sees while checks run: a line for each that has ended, and what is going on now."""

from __future__ import annotations

import time

from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from autograder.report import CheckResult, Report
from autograder.reporters import terminal, words


class LiveDisplay:
    """A listener that prints results as they come, task by task; a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._current: CheckResult | None = None
        self._since = 0.0
        self._task = ""
        self._held: list[CheckResult] = []  # until the task's end, when one line may be enough for several
        self._report: Report | None = None
        self._live = Live(console=console, refresh_per_second=8, transient=True, get_renderable=self._now)

    def __enter__(self) -> LiveDisplay:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._print_held()
        self._live.stop()

    def started(self, check: CheckResult) -> None:
        self._current, self._since = check, time.monotonic()

    def changed(self, report: Report, latest: CheckResult | None) -> None:
        if latest is None:
            return
        self._current = None
        if latest.task != self._task:
            self._print_held()
            self._task = latest.task
            title = next((task.title for task in report.tasks if task.number == latest.task), "")
            self._console.print(Text(f"\nTask {latest.task}  {title}", style="bold"))
        self._report = report
        if words.can_fold(latest):
            self._held.append(latest)
        else:
            self._console.print(terminal.check_line(latest))

    def _print_held(self) -> None:
        if self._report is not None:
            for fold in words.folds(self._report, self._held):
                self._console.print(terminal.fold_line(fold))
        self._held = []

    def _now(self) -> RenderableType:
        if self._current is None:
            return Text("importing Keras and PyTorch ..." if not self._task else "", style="dim")
        check, seconds = self._current, time.monotonic() - self._since
        case = f" ({words.framework(check.case)})" if check.case else ""
        return Spinner("dots", Text(f"{check.number} {check.name}{case}  {seconds:.0f} s", style="dim"))
