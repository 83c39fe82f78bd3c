"""The real command line in a world that is broken in one way; and a table of what became of it."""

from __future__ import annotations

import contextlib
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

CLI = Path(__file__).parent / "plain_cli.py"
COURSE = Path(__file__).parents[1] / "data" / "course"
PATIENCE = 300.0  # seconds; far more than anything here takes
NOBODY = 65534
MODULE = """\
ANSWERS = {answers!r}


def build_vocabulary(texts, max_tokens):
    return [ANSWERS.get(texts[0], "right")]
"""


@dataclass(frozen=True)
class Done:
    """A command that has ended, and what it said, any white space as one space."""

    code: int
    said: str


TABLE = pytest.StashKey[list[tuple[str, Done, str]]]()  # name, end, words


@dataclass
class World:
    """A course, a submission and a place for results, in a folder that every user may enter."""

    top: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def out(self) -> Path:
        return self.top / "out"

    @property
    def kept(self) -> Path:
        """What lay in ``out`` at the end, where that was a file system of its own."""
        return self.top / "kept"

    @property
    def submission(self) -> Path:
        return self.top / "submission"

    @property
    def assignment(self) -> Path:
        return self.top / "assignments" / "mini"

    def submit(self, module: str = MODULE.format(answers={})) -> None:
        """Hand in two modules with this text."""
        self.submission.mkdir(exist_ok=True)
        for name in ("keras_mini.py", "torch_mini.py"):
            (self.submission / name).write_text(module, encoding="utf-8")

    def declare(self, old: str, new: str) -> None:
        """Replace text in assignment.toml."""
        file = self.assignment / "assignment.toml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def check(self, body: str) -> None:
        """A last check, 3.1, in the grader's own process: where a test breaks the world in the middle of a grading."""
        text = f'''
import os, shutil, signal, subprocess, time
from pathlib import Path
import psutil
from gradescope_utils.autograder_utils.decorators import number, weight
from autograder.blueprint import Framework
OUT = Path({str(self.out)!r})


@number("3.1")
@weight(2)
def test_world(grading):
    """The world is broken now."""
    student = grading.student
{body}
'''
        (self.assignment / "checks" / "test_3_world.py").write_text(text, encoding="utf-8")
        self.declare("points = 20", "points = 22")
        self.declare("]\n\n[modules]", '    { number = 3, title = "The world", points = 2 },\n]\n\n[modules]')

    def start(
        self,
        *arguments: object,
        before: str = "",
        user: int | None = None,
        cwd: Path | None = None,
        stdout: Any = None,
        environment: dict[str, str | None] | None = None,
        prefix: Sequence[str] = (),
    ) -> subprocess.Popen[bytes]:
        """Start ``autograder ARGUMENTS``; by default, grade the submission.

        Args:
            arguments: Of the command line.
            before: Commands for a shell that then becomes the grader; with ``mount`` in it, in a mount namespace.
            user: Who grades; by default who runs the tests.
            cwd: Where.
            stdout: Where it prints to; by default a file, where ``said`` finds it.
            environment: Variables to set; None takes one away.
            prefix: A command that takes a command.
        """
        call = arguments or ("grade", self.submission, "--out", self.out, "--assignment", "mini", "--seed", 1)
        command = [*prefix, sys.executable, str(CLI), *map(str, call)]
        if user is not None:
            if not may_be_others():
                pytest.skip("takes root, to grade as somebody else")
            command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]
        if "mount" in before and not may_mount():
            pytest.skip("takes root, and a mount namespace")
        if "mount" in before:  # what lies on such a file system is gone with the namespace
            keep = f"cp -a {self.out}/. {self.kept} 2>/dev/null"
            end = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"
            script = f'{end}\n{before}\nset +e; "$@"; code=$?; mkdir -p {self.kept}; {keep}; exit $code'
            command = ["unshare", "--mount", "/bin/sh", "-ec", script, "sh", *command]
        elif before:
            command = ["/bin/bash", "-ec", f'{before}\nexec "$@"', "bash", *command]
        given = {**os.environ, "COLUMNS": "100", **(environment or {})}
        with (self.top / "said.txt").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=cwd or self.top,
                env={name: value for name, value in given.items() if value is not None},
                stdin=subprocess.DEVNULL,
                stdout=log if stdout is None else stdout,
                stderr=log,
            )
        self.started.append(process)
        return process

    def said(self) -> str:
        return " ".join((self.top / "said.txt").read_text(encoding="utf-8", errors="replace").split())

    def run(self, *arguments: object, **more: Any) -> Done:
        """Start it, and wait."""
        return Done(self.start(*arguments, **more).wait(PATIENCE), self.said())

    def results(self, folder: Path | None = None) -> dict[str, Any]:
        """What results.json holds, which is strict JSON and within Gradescope's rules."""
        text = ((folder or self.out) / "results.json").read_text(encoding="utf-8")
        found: dict[str, Any] = json.loads(text, parse_constant=_refuse)
        assert math.isfinite(found["score"])
        assert found["score"] == pytest.approx(sum(test.get("score", 0) for test in found["tests"]))
        return found

    def open_to(self, user: int) -> None:
        """Give everything to a user."""
        for path in (self.top, *self.top.rglob("*")):
            os.chown(path, user, user, follow_symlinks=False)


@cache
def may_mount() -> bool:
    """Whether this user may have mounts of its own."""
    if platform.system() != "Linux" or os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    trial = ["unshare", "--mount", "/bin/sh", "-c", "mount -t tmpfs none /mnt"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


@pytest.fixture
def little_memory() -> Iterator[Path]:
    """A control group of the kernel's whose processes may take 300 MB together."""
    tops = {"memory.max": Path("/sys/fs/cgroup"), "memory.limit_in_bytes": Path("/sys/fs/cgroup/memory")}
    for bound, top in tops.items():
        group = top / f"faults-{os.getpid()}"
        with contextlib.suppress(OSError):
            group.mkdir()
        if not (group / bound).is_file():  # another version of control groups, or none that this user may make
            with contextlib.suppress(OSError):
                group.rmdir()
            continue
        (group / bound).write_text(str(300 * 2**20))
        yield group
        group.rmdir()
        return
    pytest.skip("takes control groups of one's own")


def may_be_others() -> bool:
    return os.geteuid() == 0 and shutil.which("setpriv") is not None


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@pytest.fixture
def world() -> Iterator[World]:
    top = Path(tempfile.mkdtemp(prefix="faults-"))
    top.chmod(0o755)
    shutil.copytree(COURSE, top, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    made = World(top)
    made.submit()
    yield made
    for process in made.started:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait(PATIENCE)
    shutil.rmtree(top, ignore_errors=True)


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Callable[[Done, str], None]:
    """Enter a fault in the table: what ended how, and the words that say so."""

    def told(done: Done, words: str) -> None:
        rows = request.config.stash.setdefault(TABLE, [])
        rows.append((request.node.callspec.id if hasattr(request.node, "callspec") else request.node.name, done, words))

    return told


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = config.stash.get(TABLE, [])
    if not rows or "AUTOGRADER_KILLS" not in os.environ:  # which `make faults` sets
        return
    terminalreporter.section("faults")
    for name, done, words in rows:
        found = re.search(words, done.said)
        terminalreporter.write_line(f"{name:<58} {done.code:>4}  {found[0][:200] if found else ''}")
