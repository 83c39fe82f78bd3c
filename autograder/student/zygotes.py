"""The grader's side of a zygote: a process with a framework imported, from which confined workers are forked."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import Any

import psutil

from autograder.blueprint import Framework
from autograder.errors import InternalError
from autograder.protocol.channel import Channel, ChannelClosed, ChannelTimeout
from autograder.protocol.frames import Message
from autograder.sandbox.policy import Policy

SECONDS_TO_IMPORT = 180.0  # a cold disk and one slow core; nothing of the student's has run yet
SECONDS_TO_ANSWER = 30.0


def worker_environment(home: str) -> dict[str, str]:
    """The clean environment of zygotes and workers: one thread, no GPU, nothing of the grader's own."""
    one_thread = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
                  "TF_NUM_INTEROP_THREADS")  # fmt: skip
    return {
        **dict.fromkeys(one_thread, "1"),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": home,
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "PYTHONHASHSEED": "0",
    }


class Zygote:
    """Starts at once and is waited for when first needed, so that both frameworks import side by side."""

    def __init__(self, framework: Framework) -> None:
        self.framework = framework
        self.versions: Mapping[str, str] = {}
        self._home = tempfile.TemporaryDirectory(prefix="autograder-zygote-")
        self._said = tempfile.TemporaryFile()
        self._turned: dict[int, subprocess.Popen[bytes]] = {}  # zygotes that could not fork and became workers
        self._start()

    def spawn(self, policy: Policy, folder: str, secrets: Sequence[str], descriptors: tuple[int, int]) -> int:
        """Start a worker confined by ``policy``; it gets the two descriptors (its channel, its output). Returns its pid.

        Raises:
            InternalError: The framework could not be imported, or no worker came.
        """
        self._wait_until_ready()
        request = {"method": "spawn", "fork": self._can_fork, "policy": policy.to_json(), "folder": folder,
                   "secrets": list(secrets), "grader": os.getpid()}  # fmt: skip
        if self._can_fork:
            return int(self._ask(request, descriptors)["pid"])
        self._send(request, descriptors)
        turned = self._process
        self._turned[turned.pid] = turned
        self._start()
        return turned.pid

    def end(self, pid: int) -> tuple[int | None, float]:
        """Kill a worker and everything it left. Returns its exit status (minus the signal's number) and CPU seconds."""
        if pid in self._turned:
            return _end_process(self._turned.pop(pid)), 0.0
        answer = self._ask({"method": "end", "pid": pid})
        return answer["status"], float(answer["cpu_seconds"])

    def close(self) -> None:
        """End the zygote and, with it, all its workers."""
        self._channel.close()
        for process in (self._process, *self._turned.values()):
            _end_process(process)
        self._said.close()
        self._home.cleanup()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-I", "-m", "autograder.worker.zygote"]
        with theirs:
            self._process = subprocess.Popen(
                [*command, "--framework", self.framework.value, "--control", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=worker_environment(self._home.name),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
            )
        self._socket, self._channel = ours, Channel(ours)
        self._ready = False
        self._can_fork = False

    def _wait_until_ready(self) -> None:
        if self._ready:
            return
        hello = self._receive(SECONDS_TO_IMPORT)
        self.versions = hello["versions"]
        self._can_fork = hello["can_fork"]
        self._ready = True

    def _ask(self, body: dict[str, Any], descriptors: Sequence[int] = ()) -> Mapping[str, Any]:
        self._send(body, descriptors)
        return self._receive(SECONDS_TO_ANSWER)

    def _send(self, body: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        try:
            socket.send_fds(self._socket, [b"\0"], list(descriptors))
            self._channel.send(Message(body), time.monotonic() + SECONDS_TO_ANSWER)
        except (OSError, ChannelClosed, ChannelTimeout) as error:
            raise self._broken(f"it doesn't listen: {error}") from error

    def _receive(self, seconds: float) -> Mapping[str, Any]:
        try:
            return self._channel.receive(time.monotonic() + seconds).body
        except (ChannelClosed, ChannelTimeout) as error:
            late = isinstance(error, ChannelTimeout)
            raise self._broken(f"no answer within {seconds:.0f} s" if late else "it ended") from error

    def _broken(self, what: str) -> InternalError:
        self._process.kill()
        self._said.seek(0)
        said = self._said.read().decode("utf-8", "replace")[-2000:]
        return InternalError(f"the process that imports {self.framework.label}: {what}\n{said}".rstrip())


def _end_process(process: subprocess.Popen[bytes]) -> int:
    """Kill a process of our own, its group and its descendants."""
    descendants: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        descendants = psutil.Process(process.pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process.pid, signal.SIGKILL)
    for descendant in descendants:
        with contextlib.suppress(psutil.Error):
            descendant.kill()
    return process.wait()
