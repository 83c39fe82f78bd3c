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
from dataclasses import dataclass
from typing import Any, Final

from autograder.blueprint import Framework
from autograder.errors import InternalError
from autograder.protocol.channel import Channel, ChannelClosed, ChannelTimeout
from autograder.protocol.frames import Message
from autograder.sandbox import processes
from autograder.sandbox.leftovers import wipe_files_of
from autograder.sandbox.places import Place
from autograder.sandbox.policy import Policy

SECONDS_TO_IMPORT: Final = 180.0  # a cold disk and one slow core; nothing of the student's has run yet
SECONDS_TO_ANSWER: Final = 60.0
SECONDS_TO_CLOSE: Final = 20.0


def worker_environment(home: str, *, gpu: bool = False) -> dict[str, str]:
    """The clean environment of zygotes and workers: one thread, no GPU unless asked, nothing of the grader's."""
    one_thread = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
                  "TF_NUM_INTEROP_THREADS")  # fmt: skip
    return {
        **dict.fromkeys(one_thread, "1"),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": home,
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # On some processors oneDNN takes 5 times as long for a convolution that is as right as the handout's (a Conv2D
        # as wide as the embedding), and is no faster for the handout's own: run times are fairer without it.
        "TF_ENABLE_ONEDNN_OPTS": "0",
        # torch.compile then gives the module back as it is: else each model takes a compiler of C++, and a minute.
        "TORCHDYNAMO_DISABLE": "1",
        "PYTHONHASHSEED": "0",
        **(_shown_gpu() if gpu else {"CUDA_VISIBLE_DEVICES": "-1"}),
    }


def _shown_gpu() -> dict[str, str]:
    """Which cards a scheduler gave to this grading holds for its workers, too."""
    chosen = {name: os.environ[name] for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER") if name in os.environ}
    return {
        **chosen,
        # torch then asks the driver's library whether there is a card, and doesn't begin to use it: forks stay safe.
        "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # else TensorFlow takes all memory of a card that torch's worker uses too
    }


@dataclass(frozen=True)
class Lodger:
    """A living worker: its process, whose child it is, and its user."""

    pid: int
    parent: subprocess.Popen[bytes]
    uid: int | None

    @property
    def turned(self) -> bool:
        """Whether it is a zygote that became a worker itself."""
        return self.pid == self.parent.pid


class Zygote:
    """Starts at once and is waited for when first needed, so that both frameworks import side by side."""

    def __init__(self, framework: Framework, *, may_fork: bool = True, gpu: bool = False, at_once: bool = True) -> None:
        """Start it.

        Args:
            framework: What it imports.
            may_fork: False makes it become the worker each time, as it must where forking isn't safe.
            gpu: Its workers see the machine's GPU, which is hidden from all others. It doesn't touch it itself.
            at_once: False starts it when it is first needed, where memory is short.
        """
        self.framework = framework
        self.gpu = gpu
        self.versions: Mapping[str, str] = {}
        self._with_gpu: Zygote | None = None
        self._may_fork = may_fork
        self._home = Place("zygote")
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - close() closes it
        self._lodgers: dict[int, Lodger] = {}
        self._started = False
        if at_once:
            self._start()

    def spawn(self, policy: Policy, folder: str, secrets: Sequence[str], descriptors: Sequence[int]) -> Lodger:
        """Start a worker confined by ``policy``, with three descriptors: channel, output, and what its stack goes to.

        Raises:
            InternalError: The framework could not be imported, or no worker came.
        """
        self._wait_until_ready()
        request = {"method": "spawn", "fork": self._can_fork, "policy": policy.to_json(), "folder": folder,
                   "secrets": list(secrets), "grader": os.getpid()}  # fmt: skip
        if self._can_fork:
            answer = self._ask(request, descriptors)
            if "refused" in answer:
                raise InternalError(f"no worker can be started: {answer['refused']}")
            pid = int(answer["pid"])
        else:
            self._send(request, descriptors)
            pid = self._process.pid
            self._channel.close()
        lodger = Lodger(pid, self._process, policy.uid)
        self._lodgers[pid] = lodger
        return lodger

    def end(self, lodger: Lodger, grace: float = 0.0) -> int | None:
        """End a worker and everything it left.

        Args:
            lodger: The worker.
            grace: Seconds in which it may still end by itself.

        Returns:
            Its exit status (minus the signal's number); None if it had to be killed.
        """
        if self._lodgers.pop(lodger.pid, None) is None:
            return None
        if lodger.parent is self._process and not lodger.turned:
            with contextlib.suppress(InternalError):
                status = self._ask({"method": "end", "pid": lodger.pid, "grace": grace})["status"]
                return status if isinstance(status, int) else None
        return self._end_by_hand(lodger, grace)

    def with_gpu(self) -> Zygote:
        """One of the same framework whose workers see the machine's GPU: started when first asked for."""
        if self.gpu:
            return self
        if self._with_gpu is None:
            self._with_gpu = self._another(gpu=True)
        return self._with_gpu

    def close(self) -> None:
        """End the zygote and, with it, all its workers."""
        if self._with_gpu is not None:
            self._with_gpu.close()
            self._with_gpu = None
        for lodger in [lodger for lodger in self._lodgers.values() if lodger.turned]:
            self.end(lodger)
        if self._started:
            self._end_process()
        self._said.close()
        self._home.close()

    def _end_process(self) -> None:
        self._channel.close()
        if _status_within(self._process, SECONDS_TO_CLOSE) is None:
            self._process.kill()
            self._process.wait()
            for lodger in list(self._lodgers.values()):
                self.end(lodger)
        self._lodgers.clear()  # buried by the zygote

    def _another(self, *, gpu: bool) -> Zygote:
        return Zygote(self.framework, may_fork=self._may_fork, gpu=gpu)

    def _command(self) -> list[str]:
        return [sys.executable, "-s", "-P", "-m", "autograder.worker.zygote"]

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - a command of our own
                [*self._command(), "--framework", self.framework.value, "--control", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=worker_environment(str(self._home.path), gpu=self.gpu),
                start_new_session=True,  # Ctrl+C is for the grader, which then closes its zygotes
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
            )
        self._started = True
        self._socket, self._channel = ours, Channel(ours)
        self._ready = False
        self._can_fork = False

    def _wait_until_ready(self) -> None:
        if not self._started:
            self._start()
        elif self._process.poll() is not None or self._process.pid in self._lodgers:
            self._channel.close()
            self._start()  # the last one broke, or became a worker
        if self._ready:
            return
        hello = self._receive(SECONDS_TO_IMPORT)
        self.versions = hello["versions"]
        self._can_fork = self._may_fork and hello["can_fork"]
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
        self._channel.close()
        self._process.kill()
        self._process.wait()
        self._said.seek(0)
        said = self._said.read().decode("utf-8", "replace")[-2000:]
        advice = "" if self._ready else "\nIs it installed where the grader is? `make env` makes the environment anew."
        return InternalError(f"the process that imports {self.framework.label}: {what}\n{said}".rstrip() + advice)

    def _end_by_hand(self, lodger: Lodger, grace: float) -> int | None:
        """End a worker that no zygote looks after: it was one itself, or its zygote is gone."""
        below = processes.descendants(lodger.pid)
        status = _status_within(lodger.parent, grace) if lodger.turned else None
        for pid in (lodger.pid, *below):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if lodger.turned:
            lodger.parent.wait()
        if lodger.uid is not None and all(other.uid != lodger.uid for other in self._lodgers.values()):
            processes.kill_all_of(lodger.uid)
            wipe_files_of(lodger.uid)
        return status


def _status_within(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        return process.wait(seconds)
    return None
