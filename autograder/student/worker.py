"""One confined process that runs a student's code, as the grader sees it: calls with deadlines, and a meter."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psutil

from autograder.errors import InternalError, SubmissionError
from autograder.protocol.channel import Channel, ChannelClosed, ChannelTimeout
from autograder.protocol.frames import MalformedFrame, Message
from autograder.report import SandboxLayer
from autograder.sandbox.policy import Policy
from autograder.student import failures
from autograder.student.output import CappedOutput
from autograder.student.zygotes import Zygote

SECONDS_TO_CONFINE = 20.0


@dataclass(frozen=True)
class Answer:
    """What a call returned, and what it cost by the grader's own clock and the kernel's accounts."""

    values: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    seconds: float = 0.0
    cpu_seconds: float = 0.0


class WorkerGone(SubmissionError):
    """The worker was killed or ended while it served a call; the next call needs a new one."""


class Worker:
    """A process forked from a zygote. Everything that it says is only a claim."""

    def __init__(self, zygote: Zygote, policy: Policy, folder: str, secrets: list[str], output_kb: int) -> None:
        self._zygote = zygote
        self._output = CappedOutput(output_kb * 1024)
        self._calls = 0
        self.alive = True
        ours, theirs = socket.socketpair()
        with theirs:
            self._pid = zygote.spawn(policy, folder, secrets, (theirs.fileno(), self._output.writer))
        self._output.close_writer()
        self._channel = Channel(ours)
        self.sandbox = self._greeting()

    def call(
        self, method: str, doing: str, seconds: float, arrays: Mapping[str, np.ndarray] | None = None, **parameters: Any
    ) -> Answer:
        """Ask for one call of the student's code.

        Args:
            method: A method of autograder.worker.service.Service.
            doing: What to tell the student was being done, such as ``calling predict``.
            seconds: Wall-clock deadline; after it the worker and all that it started die.
            arrays: Arrays to send along.
            parameters: Plain values to send along.

        Raises:
            SubmissionError: The student's code raised, in words for the student.
            WorkerGone: It overran the deadline, ended its process or garbled the channel.
        """
        self._calls += 1
        request = {"id": self._calls, "method": method, "parameters": parameters}
        started, before = time.monotonic(), self._cpu_seconds()
        try:
            self._channel.send(Message(request, arrays or {}), started + seconds)
            answer = self._channel.receive(started + seconds)
        except ChannelTimeout:
            self.end()
            raise WorkerGone(failures.too_slow(doing, seconds)) from None
        except ChannelClosed:
            status = self.end()
            raise WorkerGone(failures.died(doing, status, self._output.finish())) from None
        except MalformedFrame:
            self.end()
            raise WorkerGone(failures.garbled(doing)) from None
        return self._judge(answer, doing, time.monotonic() - started, self._cpu_seconds() - before)

    def printed(self) -> str:
        """What the student's code has printed so far (capped)."""
        return self._output.text()

    def end(self) -> int | None:
        """Kill it and everything it left; waits until they are gone. Returns its exit status."""
        if not self.alive:
            return None
        self.alive = False
        status, _ = self._zygote.end(self._pid)
        self._channel.close()
        self._output.finish()
        return status

    def _judge(self, answer: Message, doing: str, seconds: float, cpu_seconds: float) -> Answer:
        body = answer.body
        if body.get("id") != self._calls or ("ok" in body) == ("error" in body):
            self.end()
            raise WorkerGone(failures.garbled(doing))
        error, values = body.get("error"), body.get("ok")
        if isinstance(error, dict):
            raise SubmissionError(failures.raised(error, doing))
        if not isinstance(values, dict):
            self.end()
            raise WorkerGone(failures.garbled(doing))
        return Answer(values, answer.arrays, seconds, max(cpu_seconds, 0.0))

    def _greeting(self) -> tuple[SandboxLayer, ...]:
        """The probe's findings: sent before a line of the student's code has run, so they can be believed."""
        try:
            layers = self._channel.receive(time.monotonic() + SECONDS_TO_CONFINE).body["sandbox"]
        except (ChannelClosed, ChannelTimeout) as error:
            status = self.end()
            raise _not_confined(status, self._output.text()) from error
        return tuple(SandboxLayer(*layer) for layer in layers)

    def _cpu_seconds(self) -> float:
        """User and system seconds of the worker, its living descendants, and its dead ones that it waited for."""
        total = 0.0
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self._pid)
            for member in (process, *process.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    times = member.cpu_times()
                    total += times.user + times.system + times.children_user + times.children_system
        return total


def _not_confined(status: int | None, printed: str) -> Exception:
    return InternalError(f"a worker ended before it was confined (status {status}): {printed[-1000:]}")
