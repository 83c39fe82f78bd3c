"""What the course's own solutions take of the limits: the most that was seen while each was graded.

The table of limits in each handout has these figures beside the limits; `[limits.used]` in assignment.toml keeps them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from autograder.assignment import find, load
from autograder.grading.session import Grader, Order
from autograder.release import master_sources, write_modules
from autograder.sandbox import processes
from autograder.student import budget, worker
from autograder.student.folders import walk

ROOT = Path(__file__).resolve().parents[1]
MB = 2**20
Seen = dict[tuple[str, str], float]  # the most, by framework and what it is of


def main() -> None:
    """Grade the solution of each assignment, look often, and print the most of everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["warmup-convnet", "text-cnn", "text-lstm"])
    table = Table(title="The most that the course's own solution took")
    for column in ("", "Keras", "PyTorch"):
        table.add_column(column, justify="right" if column else "left")
    for name in parser.parse_args().names:
        seen = measured(name)
        table.add_section()
        for what in dict.fromkeys(what for _, what in seen):
            table.add_row(f"{name}: {what}", *(f"{seen.get((f, what), 0):.2f}" for f in ("keras", "torch")))
    Console().print(table)


def measured(name: str) -> Seen:
    """The most that one grading of the solution took, as the grader's own watch sees it."""
    assignment, seen = load(find(name, start=ROOT)), defaultdict(float)
    solution = ROOT / "solutions" / name
    _watch(seen)
    with tempfile.TemporaryDirectory() as place, Grader() as grader:
        folder = write_modules(master_sources(solution, assignment.modules.values()), Path(place, "submission"))
        grader.grade(Order(assignment, folder, None, 1, hidden=True))
    return seen


def _watch(seen: Seen) -> None:
    """Have every look of the grader at a worker, and every call, remembered."""
    worker.SECONDS_BETWEEN_LOOKS = 0.05
    plain_call, plain_end = worker.Worker.call, worker.Worker.end

    def most(self: Any, what: str, amount: float) -> None:
        key = self._zygote.framework.value, what
        seen[key] = max(seen[key], amount)

    def look(self: Any) -> None:
        family = self._family()
        most(self, "memory, MB", processes.memory(family) / MB)
        most(self, "processes", len(family))
        most(self, "threads", sum(map(_threads, family)))
        files = list(walk(self._policy.scratch))
        most(self, "written, MB", sum(status.st_blocks * 512 for status in files) / MB)
        most(self, "files", len(files))

    def call(self: Any, method: str, *arguments: Any, **more: Any) -> Any:
        current.append(self)
        try:
            answer = plain_call(self, method, *arguments, **more)
            look(self)
        finally:
            current.pop()
        # Processor time: wall time would tell of the machine's other work.
        kind = method if method in ("import_module", "fit") else "another call"
        most(self, f"{kind}, CPU s", answer.cpu_seconds)
        seen[self._zygote.framework.value, "all calls, CPU s"] += answer.cpu_seconds
        return answer

    def end(self: Any, *arguments: Any) -> Any:
        most(self, "printed, kB", len(self.printed()) / 1024)
        return plain_end(self, *arguments)

    def excess(family: set[int], policy: Any) -> Any:
        look(current[-1])
        return budget.excess(family, policy)

    current: list[Any] = []
    worker.Worker.call, worker.Worker.end, worker.excess = call, end, excess  # type: ignore[method-assign]


def _threads(pid: int) -> int:
    tasks = Path(f"/proc/{pid}/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else 0


if __name__ == "__main__":
    main()
