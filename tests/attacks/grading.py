"""The grader of the suite: a process of its own, so that an attack may kill it without taking the judge along.

It reads a request a line on its input, writes an answer a line on its output, and grades as `autograder grade` does.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from attacks import layers
from autograder.assignment import load
from autograder.blueprint import Framework
from autograder.cli.grade import ResultsFiles
from autograder.grading.session import Grader, Order
from autograder.reporters import terminal
from autograder.reporters.write import claim, write_all


def main() -> None:
    """Serve until the input ends. The first line names the layers to take away, and a secret to keep in memory."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    first = json.loads(sys.stdin.readline())
    kept = first["secret"]
    layers.take_away(first["without"])
    with Grader() as grader:
        if first["without"]:
            for framework in Framework:
                grader._zygotes[framework] = layers.BareZygote(framework, first["without"])
        for line in sys.stdin:
            answers.write(json.dumps(_answer(grader, json.loads(line))) + "\n")
            answers.flush()
    del kept


def _answer(grader: Grader, request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        if "warm" in request:
            grader.warm_up(frugal=True)
            grader._zygotes[Framework(request["warm"])]._wait_until_ready()
            return {}
        return {"said": _grade(grader, request), "state": state()}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()[-2000:], "state": state()}


def _grade(grader: Grader, request: Mapping[str, Any]) -> str:
    out, path = Path(request["out"]), Path(request["submission"])
    assignment = load(Path(request["assignment"]))
    assignment = assignment.model_copy(update={"limits": assignment.limits.model_copy(update=request["limits"])})
    order = Order(assignment, path, Path(request["solution"]), seed=request["seed"], hidden=True,
                  only=tuple(request["only"]), frameworks=(Framework(request["framework"]),),
                  unprotected=request["unprotected"])  # fmt: skip
    with claim(out):
        report = grader.grade(order, [ResultsFiles(out)])
        write_all(report, out)
    shown = Console(file=io.StringIO(), force_terminal=True, width=120)
    terminal.render(report, shown, staff=True)
    return str(shown.file.getvalue())  # type: ignore[attr-defined]


def state() -> dict[str, Any]:
    """What others might have changed of this process from outside."""
    return {
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "processors": sorted(os.sched_getaffinity(0)),
        "files": resource.getrlimit(resource.RLIMIT_NOFILE),
        "processor time": resource.getrlimit(resource.RLIMIT_CPU),
        "out of memory": Path("/proc/self/oom_score_adj").read_text().strip(),
        "class of input": _io_class(),
    }


def _io_class() -> int:
    import ctypes
    import platform

    number = {"x86_64": 252, "aarch64": 31}[platform.machine()]  # ioprio_get(2)
    return int(ctypes.CDLL(None).syscall(number, 1, 0))


if __name__ == "__main__":
    main()
