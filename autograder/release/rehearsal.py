"""Gradescope, rehearsed with Docker: its folders, its sizes, its time-out, and what a submission needs of them.

Docker's own command does the work, so whatever engine that command reaches is used.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
import time
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, Final

from autograder.errors import AssignmentError

BASE: Final = "gradescope/autograder-base:ubuntu-22.04"
MINUTES: Final = 10.0  # Gradescope's time-out, unless an instructor sets another
MIB: Final = 2**20
_SOLUTION: Final = re.compile(r"solutions/[^/]+/[^/]+\.py")

# What is left to be safe: a submission that is right and slow, or holds twice what the reference holds, must fit too.
SPARE_MEMORY: Final = 0.1
SPARE_TIME: Final = 0.5

_DOCKERFILE = """\
ARG BASE
FROM ${BASE}
COPY source /autograder/source
RUN cp /autograder/source/run_autograder /autograder/run_autograder \\
    && chmod +x /autograder/run_autograder /autograder/source/setup.sh && /autograder/source/setup.sh \\
    && mkdir -p /autograder/submission /autograder/results
COPY watch_memory.sh /usr/local/bin/watch_memory.sh
"""


def unpack_solution(zip_file: Path, into: Path) -> Path:
    """The solution that an instructor's zip holds, as a student would hand it in.

    Raises:
        AssignmentError: There is none, or no such zip.
    """
    try:
        with zipfile.ZipFile(zip_file) as archive:
            names = [name for name in archive.namelist() if _SOLUTION.fullmatch(name)]
            for name in names:
                (into / Path(name).name).write_bytes(archive.read(name))
    except (OSError, zipfile.BadZipFile) as error:
        raise AssignmentError(f"{zip_file} can't be unpacked: {error}") from error
    if not names:
        raise AssignmentError(f"{zip_file} holds no solution to rehearse with: name a submission")
    return into


@dataclass(frozen=True)
class Size:
    """One of Gradescope's containers: processors and memory in GB (taken as GiB, as Docker does)."""

    cpus: float
    gigabytes: float

    def __str__(self) -> str:
        return f"{self.cpus:g} CPU, {self.gigabytes:g} GB"

    @property
    def mebibytes(self) -> float:
        return self.gigabytes * 1024


SIZES: Final = (Size(0.5, 0.75), Size(1, 1.5), Size(2, 3), Size(4, 6))


@dataclass(frozen=True)
class Trial:
    """What became of one submission in one container.

    Attributes:
        seconds: Wall time from the container's start to its end.
        limit: The time-out, seconds.
        memory: MiB that it could not have done without, at most; None where the container doesn't tell.
        killed: Processes killed for lack of memory.
        cpus: Processors that it had: the size's, or as many as the engine's machine has.
        results: ``results.json`` as an object; None without a valid one.
        said: The last that it printed.
    """

    size: Size
    seconds: float
    limit: float
    memory: float | None
    killed: int
    results: Mapping[str, Any] | None
    said: str = ""
    cpus: float = 0.0

    @property
    def timed_out(self) -> bool:
        return self.seconds >= self.limit

    @property
    def complete(self) -> bool:
        """Whether the grading came to its end without a mistake of the grader's."""
        extra = (self.results or {}).get("extra_data") or {}
        return extra.get("complete") is True and extra.get("needs_regrading") is False

    @property
    def safe(self) -> bool:
        """Whether it came to its end with memory and time to spare."""
        room = self.memory is None or self.memory <= (1 - SPARE_MEMORY) * self.size.mebibytes
        return self.complete and not self.killed and room and self.seconds <= (1 - SPARE_TIME) * self.limit

    @property
    def verdict(self) -> str:
        """In a few words."""
        if self.timed_out:
            return "timed out"
        if self.killed:
            return "out of memory"
        if not self.complete:
            return "not complete"
        return "safe" if self.safe else "works, with little to spare"


class Image:
    """An image as Gradescope would build it from an instructor's zip; a context manager, which removes it again."""

    def __init__(self, zip_file: Path, base: str = BASE, network: str = "default") -> None:
        """Build it; Docker's layers are kept, so the next time is quick.

        Args:
            zip_file: What an instructor uploads.
            base: The image that Gradescope starts from.
            network: Docker's, during the build.

        Raises:
            AssignmentError: No Docker, no such zip, or its ``setup.sh`` fails.
        """
        there = docker("info", "--format", "{{.NCPU}}", why="rehearse needs Docker, and reaches no engine")
        self._most_cpus = float(there)
        self.name = f"autograder-rehearsal-{uuid.uuid4().hex[:12]}"
        with tempfile.TemporaryDirectory(prefix="autograder-rehearsal-") as folder:
            context = Path(folder)
            _unpack(zip_file, context / "source")
            (context / "Dockerfile").write_text(_DOCKERFILE, encoding="utf-8")
            watch = resources.files("autograder.release").joinpath("templates", "watch_memory.sh")
            (context / "watch_memory.sh").write_bytes(watch.read_bytes())
            (context / "watch_memory.sh").chmod(0o755)
            docker("build", "--network", network, "--build-arg", f"BASE={base}", "--tag", self.name, str(context),
                   why=f"the image of {zip_file.name} can't be built on {base}")  # fmt: skip

    def __enter__(self) -> Image:
        return self

    def __exit__(self, *_: object) -> None:
        _run("image", "rm", "--no-prune", self.name)

    def grade(self, submission: Path, size: Size, limit: float, metadata: Mapping[str, Any] | None = None) -> Trial:
        """Grade a submission in a fresh container of this size, without network.

        Args:
            submission: The student's files: a folder, a zip, or one module.
            size: Processors and memory; there is no swap.
            limit: Seconds until it is killed.
            metadata: ``submission_metadata.json``; without, one of somebody who is in time.
        """
        container = f"{self.name}-{uuid.uuid4().hex[:6]}"
        memory, cpus = f"{round(size.mebibytes)}m", min(size.cpus, self._most_cpus)
        why = f"no container of {size} can be made"
        docker("create", "--name", container, "--network", "none", "--cpus", f"{cpus:g}", "--memory", memory,
               "--memory-swap", memory, "--entrypoint", "/usr/local/bin/watch_memory.sh", self.name,
               "/autograder/memory", "/autograder/run_autograder", why=why)  # fmt: skip
        try:
            with tempfile.TemporaryDirectory(prefix="autograder-rehearsal-") as folder:
                _lay_out(submission, Path(folder), metadata or PUNCTUAL)
                docker("cp", f"{folder}/.", f"{container}:/autograder", why=why)
            docker("start", container, why=why)
            seconds = _wait(container, limit)
            return replace(_trial(container, size, seconds, limit), cpus=cpus)
        finally:
            docker("rm", "--force", container, why="the container can't be removed")


PUNCTUAL: Final[Mapping[str, Any]] = {
    "id": 1,
    "created_at": "2025-01-31T12:00:00.000000-08:00",
    "assignment": {"due_date": "2025-01-31T23:59:00.000000-08:00", "title": "Rehearsal", "total_points": "100.0"},
    "users": [{"id": 1, "name": "Ada", "email": "ada@example.com"}],
    "previous_submissions": [],
}


def smallest_safe(trials: Sequence[Trial]) -> Size | None:
    """The smallest size that is safe, and above which none is unsafe; None if there is none."""
    safe: Size | None = None
    for trial in sorted(trials, key=lambda trial: trial.size.gigabytes, reverse=True):
        if not trial.safe:
            break
        safe = trial.size
    return safe


def docker(*arguments: str, why: str) -> str:
    """Run Docker's command, and return what it prints.

    Raises:
        AssignmentError: There is none, or it fails; with ``why`` and the end of what it said.
    """
    done = _run(*arguments)
    if done.returncode:
        raise AssignmentError(f"{why}:\n{done.stdout[-3000:].rstrip()}")
    return done.stdout


def _run(*arguments: str, seconds: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run Docker's command, whatever comes of it; what it prints on both streams is in ``stdout``."""
    command = shutil.which("docker")
    if command is None:
        raise AssignmentError("rehearse needs Docker: a command `docker` that reaches its engine")
    return subprocess.run(  # noqa: S603 - our own arguments
        [command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=seconds,
        check=False,
    )


def _unpack(zip_file: Path, into: Path) -> None:
    """The instructor's own zip, so no hostile one; Gradescope wants two executable files at its root."""
    try:
        with zipfile.ZipFile(zip_file) as archive:
            modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
            archive.extractall(into)
    except (OSError, zipfile.BadZipFile) as error:
        raise AssignmentError(f"{zip_file} can't be unpacked: {error}") from error
    for name in ("setup.sh", "run_autograder"):
        if name not in modes:
            raise AssignmentError(f"{zip_file} has no {name} at its root, so Gradescope could not use it")
        if not modes[name] & 0o100:
            raise AssignmentError(f"{name} in {zip_file} isn't executable, so Gradescope could not start it")


def _lay_out(submission: Path, into: Path, metadata: Mapping[str, Any]) -> None:
    """``submission/`` and ``submission_metadata.json``; Gradescope unpacks a zip before the grader sees it."""
    files = into / "submission"
    try:
        if submission.is_dir():
            shutil.copytree(submission, files)
        elif zipfile.is_zipfile(submission):
            with zipfile.ZipFile(submission) as archive:
                archive.extractall(files)
        else:
            files.mkdir()
            shutil.copy(submission, files)
    except (OSError, zipfile.BadZipFile) as error:
        raise AssignmentError(f"the submission {submission} can't be read: {error}") from error
    (into / "submission_metadata.json").write_text(json.dumps(dict(metadata)), encoding="utf-8")


def _wait(container: str, limit: float) -> float:
    """Seconds until it ended by itself; the limit if it had to be killed."""
    started = time.monotonic()
    try:
        _run("wait", container, seconds=limit)
        return min(time.monotonic() - started, limit)
    except subprocess.TimeoutExpired:
        return limit
    finally:
        _run("kill", container)  # without effect on one that has ended


def _trial(container: str, size: Size, seconds: float, limit: float) -> Trial:
    with tempfile.TemporaryDirectory(prefix="autograder-rehearsal-") as folder:
        memory, killed = _watched(container, Path(folder))
        results = _results(container, Path(folder))
    said = _run("logs", "--tail", "40", container).stdout
    return Trial(size, seconds, limit, memory, killed, results, said[-4000:])


def _watched(container: str, folder: Path) -> tuple[float | None, int]:
    """Peak MiB and kills, as watch_memory.sh wrote them."""
    try:
        docker("cp", f"{container}:/autograder/memory", f"{folder}/memory", why="no figure")
        most, killed = (folder / "memory").read_text().split()
        return int(most) / MIB, int(killed)
    except (AssignmentError, OSError, ValueError):
        return None, 0


def _results(container: str, folder: Path) -> Mapping[str, Any] | None:
    try:
        docker("cp", f"{container}:/autograder/results/results.json", f"{folder}/results.json", why="no results")
        read = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    except (AssignmentError, OSError, ValueError):
        return None
    return read if isinstance(read, dict) else None
