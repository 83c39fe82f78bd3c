"""Runs the real command line, in this process (with frameworks that are imported already) or in one of its own."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.cli import app
from autograder.grading.session import Grader

PATIENCE = 300.0  # seconds; far more than anything here takes, on any machine
VISIBILITIES = {"visible", "hidden", "after_due_date", "after_published"}


@dataclass(frozen=True)
class Done:
    """A command that has ended: its exit code, and what it said with any white space as one space."""

    code: int
    out: str
    err: str


@pytest.fixture
def autograder(grader: Grader, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run ``autograder ARGUMENTS`` in this process, from the folder ``cwd``."""

    @contextlib.contextmanager
    def warm() -> Iterator[Grader]:
        yield grader

    def run(*arguments: object, cwd: Path) -> Done:
        with monkeypatch.context() as patch:
            patch.setattr("autograder.cli.check.Grader", warm)
            patch.setattr("autograder.cli.classroom50.Grader", warm)
            patch.setattr("autograder.cli.grade.Grader", warm)
            patch.setattr("autograder.cli.devices.Grader", warm)
            patch.setattr("autograder.cli.doctor.Grader", warm)
            patch.setattr(sys, "argv", ["autograder", *map(str, arguments)])
            patch.chdir(cwd)
            capsys.readouterr()
            code = _exit_code(app.main)
        said = capsys.readouterr()
        return Done(code, tidy(said.out), tidy(said.err))

    return run


def _exit_code(main: Callable[[], None]) -> int:
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def tidy(text: str) -> str:
    return " ".join(text.split())


class Running:
    """``python -m autograder ARGUMENTS`` in a process of its own; all that it says goes to a file."""

    def __init__(self, arguments: tuple[object, ...], cwd: Path, **environment: str) -> None:
        self._log = cwd / "said.txt"
        with self._log.open("wb") as log:
            self.process = psutil.Popen(
                [sys.executable, "-m", "autograder", *map(str, arguments)],
                cwd=cwd,
                env={**os.environ, "COLUMNS": "100", **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait(self) -> Done:
        code = self.process.wait(PATIENCE)
        return Done(code, tidy(self.said), "")

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until this holds; fail if it never does, or the process ends before it did."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain; it said:\n{self.said}"
            assert self.process.poll() is None, self.said
            time.sleep(0.02)

    def family(self) -> list[psutil.Process]:
        """Everything that it has started and that still runs."""
        return self.process.children(recursive=True)


@pytest.fixture
def start(tmp_path: Path):
    """Start the command line in a process of its own; whatever is left of it at the end is killed."""
    started: list[Running] = []

    def start(*arguments: object, cwd: Path, **environment: str) -> Running:
        started.append(Running(arguments, cwd, **environment))
        return started[-1]

    yield start
    for running in started:
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in [*running.family(), running.process]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        running.process.wait(PATIENCE)


@pytest.fixture
def results():
    """Read ``results.json`` of a folder, and hold it against what Gradescope specifies."""

    def results(folder: Path) -> dict[str, Any]:
        text = (folder / "results.json").read_text(encoding="utf-8")
        found: dict[str, Any] = json.loads(text, parse_constant=_refuse)
        assert math.isfinite(found["score"])
        assert found["visibility"] in VISIBILITIES
        assert isinstance(found["output"], str)
        assert found["tests"]
        for test in found["tests"]:
            _check(test)
        assert found["score"] == pytest.approx(sum(test.get("score", 0) for test in found["tests"]))
        return found

    return results


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def _check(test: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d+(\.\d+)+", test["number"])
    assert test["name"]
    assert test["visibility"] in VISIBILITIES
    assert isinstance(test["output"], str)
    assert len(test["output"]) < 20_000
    assert {"score", "max_score", "status"} & test.keys() in (set(), {"score", "max_score", "status"})
    if "score" in test:
        assert 0 <= test["score"] <= test["max_score"]
        assert test["status"] in {"passed", "failed"}
        assert (test["status"] == "passed") is (test["extra_data"]["outcome"] == "passed")
