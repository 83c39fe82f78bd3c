"""Grades one hostile submission after the other, and looks from outside at what came of each."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from attacks.course import LIMITS
from attacks.declared import Attack
from attacks.scene import ENVIRONMENT, Scene
from autograder.sandbox import processes
from autograder.student.folders import TooDeep, walk

TESTS = Path(__file__).parents[1]
KIT = (Path(__file__).with_name("kit.py")).read_text(encoding="utf-8")
NEXT = ("2.3", "3.5")  # checks of the submission that is graded afterwards
SLACK = 30.0  # seconds beyond a submission's own, which the grader's work on this machine may take
TO_START = 200.0
# What may be used between two looks of the grader, beyond a limit:
AT_ONCE = 300 * 2**20  # bytes of disk
AT_ONCE_FORKED = 350  # processes
# Bytes of memory that children fill: where nothing tells what processes share, that counts in each of seventeen.
IN_A_BURST = 1400 * 2**20
BROKEN = ("NameError", "AttributeError", "TypeError", "SyntaxError", "ImportError", "KeyError", "IndexError")
ESCAPES = re.compile(r"\x1b\]|\x1b\[2J|\u202e|\x07")


@dataclass(frozen=True)
class Result:
    """What became of an attack.

    Attributes:
        alarms: What it succeeded in; empty when it was held.
        met: What it says it ran into.
        outcomes: Of each check: number, outcome, what the report says.
        next_right: Whether the submission graded afterwards got its points; None where none was graded.
    """

    attack: Attack
    alarms: tuple[str, ...]
    met: tuple[str, ...] = ()
    outcomes: tuple[tuple[str, str, str], ...] = ()
    score: float = 0.0
    max_score: float = 0.0
    seconds: float = 0.0
    staff: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        return not self.alarms

    @property
    def said(self) -> str:
        """What stopped it, in a few words: what it met, or what the first check that failed says."""
        failed = [f"{number}: {words}" for number, outcome, words in self.outcomes if outcome != "passed"]
        return "; ".join([*dict.fromkeys(self.met), *failed[:1]])


class GraderGone(Exception):
    """The grader ended, or gave no answer in time."""


class GraderProcess:
    """A grader, see grading.py; started anew when it is gone."""

    def __init__(self, scene: Scene, without: Collection[str]) -> None:
        self._scene = scene
        self._without = tuple(without)
        self._others = {process.pid for process in psutil.Process().children(recursive=True)}  # other tests' graders
        self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _start(self) -> None:
        self._log = (self._scene.place / "grader.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "attacks.grading"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=self._scene.place,
            env={**os.environ, "PYTHONPATH": str(TESTS), "PYTHONDONTWRITEBYTECODE": "1",
                 "TMPDIR": str(self._scene.temporary), ENVIRONMENT: self._scene.tokens["environment"]},
        )  # fmt: skip
        self._write({"without": self._without, "secret": self._scene.tokens["memory"]})
        self._warm: set[str] = set()

    def ask(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Grade. Raises GraderGone."""
        if request["framework"] not in self._warm:
            self._warm.add(request["framework"])
            self._answer({"warm": request["framework"]}, TO_START)
        return self._answer(request, seconds)

    def _answer(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        try:
            self._write(request)
        except OSError as error:
            raise GraderGone("the grader had ended") from error
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], seconds)[0]:
            raise GraderGone(f"no grade after {seconds:.0f} s")
        line = self._process.stdout.readline()
        if not line:
            raise GraderGone(f"the grader ended with status {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def restart(self) -> None:
        self.close(kill=True)
        self._start()

    def close(self, *, kill: bool = False) -> None:
        below = psutil.Process(self.pid).children(recursive=True) if self._process.poll() is None else []
        if kill:
            self._process.kill()
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()
        _end([process for process in below if process.is_running()])

    def strangers(self) -> list[psutil.Process]:
        """Processes that descend from the grader, or did, and are neither it nor its zygotes."""
        found, graders = [], {self.pid}
        for process in psutil.Process().children(recursive=True):  # parents come before their children
            if process.pid in self._others:
                continue
            with contextlib.suppress(psutil.Error):
                command = process.cmdline()
                if process.status() == psutil.STATUS_ZOMBIE or process.pid in graders:
                    continue
                if "attacks.grading" in command and process.ppid() == os.getpid():  # another judge's
                    graders.add(process.pid)
                elif process.ppid() not in graders or "zygote" not in " ".join(command):
                    found.append(process)
        return found

    def _write(self, line: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()


@dataclass
class Use:
    """The most that the student's processes used together, looked at from outside."""

    memory: int = 0
    processes: int = 0
    disk: int = 0
    files: int = 0


class Judge:
    """Grades attacks in a scene, with some layers taken away or none. A context manager."""

    def __init__(self, scene: Scene, without: Collection[str] = ()) -> None:
        self._scene = scene
        self._without = tuple(without)
        self._number = 0

    def __enter__(self) -> Judge:
        self._grader = GraderProcess(self._scene, self._without)
        return self

    def __exit__(self, *_: object) -> None:
        self._grader.close()

    def honest(self, framework: str = "torch", only: tuple[str, ...] = NEXT) -> Result:
        """Grade the solution."""
        return self.judge(Attack("the solution", "import", "nothing", framework=framework, only=only))

    def judge(self, attack: Attack, *, then: bool = False) -> Result:
        """Grade one attack, and afterwards the solution where ``then`` says so."""
        name = f"{attack.name.replace(' ', '-')}-{self._number}"
        self._number += 1
        path = self._hand_in(attack, name)
        limits = {**LIMITS, **attack.limits}
        request = {
            "submission": str(path), "out": str(self._scene.results / name), "assignment": str(self._scene.assignment),
            "solution": str(self._scene.solution), "only": attack.checks, "framework": attack.framework,
            "limits": dict(attack.limits), "seed": 1000 + self._number, "unprotected": bool(self._without),
        }  # fmt: skip
        before, started = self._state(), time.monotonic()
        with self._looked_at(limits) as used:
            answer, alarms = self._ask(request, limits["total_seconds"] + SLACK)
        seconds = time.monotonic() - started
        found = self._results(attack, name, answer, alarms)
        alarms += self._outside(before, answer, used, limits)
        if alarms:
            self._make_good(alarms)
        if then:
            alarms += self._next_is_right(attack.framework)
        return replace(found, alarms=tuple(dict.fromkeys(alarms)), seconds=seconds)

    def _make_good(self, alarms: list[str]) -> None:
        """What one attack did must not count for the next."""
        self._scene.restore()
        if any(alarm.startswith("changed the grader") for alarm in alarms):
            self._grader.restart()

    def _hand_in(self, attack: Attack, name: str) -> Path:
        folder = self._scene.submissions / name
        folder.mkdir()
        told = self._scene.targets(self._grader.pid, name)
        if attack.archive is not None:
            handed_in: Path = attack.archive(folder, dict(self._scene.honest), json.loads(told))
            return handed_in
        kit = KIT.replace('json.loads("{}")', f"json.loads({told!r})")
        for file, text in self._scene.honest.items():
            hostile = attack.code and file.startswith(attack.framework)
            whole = f"{text}\n\n{kit}\n\n{attack.code}" if hostile else text
            (folder / file).write_text(whole, encoding="utf-8")
        for file, text in attack.files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(self._scene.known if text == "KNOWN" else text, encoding="utf-8")
        return folder

    def _ask(self, request: Mapping[str, Any], seconds: float) -> tuple[dict[str, Any], list[str]]:
        try:
            answer = self._grader.ask(request, seconds)
        except GraderGone as error:
            self._grader.restart()
            return {"gone": True}, [str(error)]
        return answer, [f"the grader failed: {answer['error']}"] if "error" in answer else []

    # -- what is to be seen from outside

    def _results(self, attack: Attack, name: str, answer: Mapping[str, Any], alarms: list[str]) -> Result:
        folder = self._scene.results / name
        written = {p.name: _text(p) for p in folder.iterdir()} if folder.is_dir() and not folder.is_symlink() else {}
        wanted = {"results.json", "report.json", "report.html"}
        if lacking := wanted - written.keys():
            alarms.append(f"in the results folder there is no {', '.join(sorted(lacking))}")
        if planted := written.keys() - wanted:
            alarms.append(f"put into the results folder: {', '.join(sorted(planted))}")
        alarms += [f"carried out: {what}" for what in self._scene.leaked("".join(written.values()))]
        alarms += _shown(written.get("report.html", ""), answer.get("said", ""), written.get("results.json", ""))
        try:
            results, report = json.loads(written["results.json"]), json.loads(written["report.json"])
        except (KeyError, ValueError):
            return Result(attack, (*alarms, "no valid results.json"))
        alarms += _points(attack, results, report)
        alarms += [f"made {name} of more than 1 MB" for name, text in written.items() if len(text) > 1_000_000]
        printed = "\n".join(str(text) for text in report["student_output"].values())
        alarms += [f"says: {line}" for line in _said(printed, f"CLAIM {self._scene.token}")]
        alarms += [f"is no attack: {line}" for line in _said(printed, "MET") if line in BROKEN]
        checks = tuple(
            (check["number"], check["outcome"], ((check["finding"] or {}).get("message") or check["note"])[:150])
            for check in report["checks"]
        )
        staff = tuple(note for note in report["staff_notes"])
        totals = report["totals"]
        return Result(attack, (), _said(printed, "MET"), checks, totals["score"], totals["max_score"], 0.0, staff)

    def _outside(
        self, before: Mapping[str, Any], answer: Mapping[str, Any], used: Use, limits: Mapping[str, float]
    ) -> list[str]:
        alarms = [f"reached {ear}" for ear in dict.fromkeys(self._scene.ears.take())]
        strangers = [] if answer.get("gone") else self._grader.strangers()
        alarms += ["left a process running"] if strangers else []
        _end(strangers)
        alarms += [f"left {place}" for place in self._scene.left()]
        alarms += ["changed the course"] if self._scene.changed() else []
        changed = [
            k for k, v in answer.get("state", {}).items() if before and before.get(k) != json.loads(json.dumps(v))
        ]
        alarms += [f"changed the grader's {what}" for what in changed]
        bounds = {"memory": limits["memory_mb"] * 2**20 + IN_A_BURST, "processes": AT_ONCE_FORKED,
                  "disk": limits["scratch_mb"] * 2**20 + AT_ONCE, "files": 60_000}  # fmt: skip
        alarms += [f"used {getattr(used, k):,} of {k}" for k, most in bounds.items() if getattr(used, k) > most]
        return alarms

    def _next_is_right(self, framework: str) -> list[str]:
        after = self.honest(framework)
        wrong = after.score < after.max_score or not after.outcomes
        return (
            [f"the next submission got {after.score:g} of {after.max_score:g}"]
            if wrong
            else [f"the next grading: {alarm}" for alarm in after.alarms]
        )

    def _state(self) -> dict[str, Any]:
        from attacks import grading

        if not hasattr(self, "_first_state"):
            self._first_state: dict[str, Any] = json.loads(json.dumps(grading.state()))
        return self._first_state

    @contextlib.contextmanager
    def _looked_at(self, limits: Mapping[str, float]) -> Iterator[Use]:
        used, done = Use(), threading.Event()

        def look() -> None:
            while not done.wait(0.2):
                self._look(used)

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield used
        finally:
            done.set()
            watcher.join()

    def _look(self, used: Use) -> None:
        students = [process.pid for process in self._grader.strangers()]
        used.processes = max(used.processes, len(students))
        if len(students) < 40:  # where nothing tells what they share, a bomb of forks looks like one of memory
            used.memory = max(used.memory, processes.memory(students) + _without_name(students))
        size = files = 0
        for scratch in _scratches(self._scene.temporary):
            with contextlib.suppress(TooDeep):
                for status in walk(scratch):
                    files, size = files + 1, size + status.st_blocks * 512
        for path in Path("/dev/shm").glob(f"*{self._scene.token}*"):
            size, files = size + _size("/dev/shm", path.name), files + 1
        used.disk, used.files = max(used.disk, size), max(used.files, files)


def _points(attack: Attack, results: Mapping[str, Any], report: Mapping[str, Any]) -> list[str]:
    """Points that it shouldn't have, or a way around losing them."""
    alarms, checks = [], report["checks"]
    if abs(results["score"] - sum(check["score"] for check in checks)) > 1e-6:
        alarms.append("results.json has another score than the report")
    for check in checks:
        if check["outcome"] == "passed" and check["number"] in attack.cheats:
            alarms.append(f"got the points of {check['number']}")
        if check["outcome"] in ("error", "pending", "ungraded"):
            alarms.append(f"{check['number']} ended as {check['outcome']}")
    if not report["complete"] or results["extra_data"]["needs_regrading"]:
        alarms.append("the run is marked for regrading")
    flagged = [note for note in report["staff_notes"] if FLAG in note]
    if attack.flagged != bool(flagged):
        alarms.append("flagged as deliberate" if flagged else "the staff aren't told")
    if any(note in json.dumps(results) for note in flagged):
        alarms.append("the accusation is shown to the student")
    return alarms


FLAG = "Worth a look"


def _shown(html: str, terminal: str, results: str) -> list[str]:
    """What a student's words did to a reader's screen."""
    alarms = ["put a tag into report.html"] if "<script>alert" in html or "<img src=x" in html else []
    if ESCAPES.search(terminal) or ESCAPES.search(_all_text(results)):
        alarms.append("put control characters on the screen")
    return alarms


def _all_text(results: str) -> str:
    """Every string in a JSON text, as a page shows it."""
    found: list[str] = []
    with contextlib.suppress(ValueError):
        json.loads(results, object_hook=lambda made: found.extend(v for v in made.values() if isinstance(v, str)))
    return "\n".join(found)


def _said(printed: str, word: str) -> tuple[str, ...]:
    return tuple(line[len(word) :].strip()[:120] for line in printed.splitlines() if line.startswith(word))


def _without_name(pids: Collection[int]) -> int:
    """Bytes of open files that no folder lists: in memory, or deleted."""
    found = {}
    for pid in pids:
        for name in _names(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                status = os.stat(f"/proc/{pid}/fd/{name}")
                if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                    found[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(found.values())


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _scratches(temporary: Path) -> list[Path]:
    with contextlib.suppress(OSError):  # they come and go
        return list(temporary.glob("autograder-*/*/scratch-*"))
    return []


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return str(error)


def _size(folder: str, name: str) -> int:
    try:
        return os.lstat(os.path.join(folder, name)).st_blocks * 512
    except OSError:
        return 0


def _end(found: Collection[psutil.Process]) -> None:
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(list(found), timeout=10)
