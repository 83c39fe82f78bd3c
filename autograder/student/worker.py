"""One confined process that runs a student's code, as the grader sees it: calls with deadlines, and a meter."""

from __future__ import annotations

import errno
import os
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.errors import Finding, InternalError, SubmissionError
from autograder.protocol.channel import Channel, ChannelClosed, ChannelTimeout
from autograder.protocol.frames import MAX_ANSWER_HEADER, MalformedFrame, Message
from autograder.report import SandboxLayer
from autograder.sandbox.policy import Policy
from autograder.sandbox.processes import has_ended, kills_for_memory
from autograder.student import failures, meter
from autograder.student.budget import excess
from autograder.student.failures import NOWHERE, Garbled
from autograder.student.output import CappedOutput
from autograder.student.whereabouts import StackPipe, Whereabouts
from autograder.student.zygotes import Zygote

SECONDS_TO_CONFINE = 60.0
SECONDS_BETWEEN_LOOKS = 0.1  # a look takes a quarter of a millisecond; memory is filled with gigabytes a second
SECONDS_TO_WAKE = 1.0  # after a wait of a tenth of a second; a busy machine takes a hundredth of that
SHARE_AFTER_OVERRUN = 0.25  # of its time, after which a call is asked where it is, if others have overrun
SECONDS_TO_HEAR = 1.0  # what is there when the deadline comes was in time, however late the grader looks
DISK_FULL = f"[Errno {errno.ENOSPC}]"
BYTES_OF_A_FULL_DISK = 2**20
SECONDS_TO_EXIT = 0.5  # between a process's last descriptor closing and its exit status there is next to nothing


@dataclass(frozen=True)
class Answer:
    """What a call returned, and what it cost by the grader's own clock and the kernel's accounts."""

    values: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    seconds: float = 0.0
    cpu_seconds: float = 0.0


class WorkerGone(SubmissionError):
    """The worker was killed or ended while it served a call; the next call needs a new one."""


class Overran(WorkerGone):
    """The call was stopped at its deadline, or sooner in a function that had overrun before.

    Attributes:
        where: What it was in the midst of.
    """

    where = NOWHERE


class Worker:
    """A process forked from a zygote. Everything that it says is only a claim.

    Attributes:
        alive: Whether it still runs.
        sandbox: The layers of its confinement, as it was probed.
        held_up: Seconds during calls for which the grader itself didn't run; they are nobody's.
    """

    _packages: Sequence[str] = ()

    def __init__(
        self,
        zygote: Zygote,
        policy: Policy,
        folder: str,
        secrets: list[str],
        output_kb: int,
        packages: Sequence[str] = (),
    ) -> None:
        self._packages = packages
        self._zygote = zygote
        self._policy = policy
        self._output = CappedOutput(output_kb * 1024)
        self._stack = StackPipe(folder)
        self._calls = 0
        self._meter = meter.Meter()
        self._gone: WorkerGone | InternalError | None = None
        self._kills = kills_for_memory()
        self.held_up = 0.0
        ours, theirs = socket.socketpair()
        self._channel = Channel(ours, receives=MAX_ANSWER_HEADER)
        try:
            with theirs:
                self._lodger = zygote.spawn(
                    policy, folder, secrets, (theirs.fileno(), self._output.writer, self._stack.writer)
                )
        except BaseException:
            self._channel.close()
            self._stack.close()
            raise
        finally:
            self._output.close_writer()
            self._stack.close_writer()
        self.alive = True
        self._left = NOWHERE  # what it was in the midst of when native code crashed
        self._suspicions: tuple[str, ...] = ()
        self.sandbox = self._greeting()

    def call(
        self,
        method: str,
        doing: str,
        seconds: float,
        arrays: Mapping[str, np.ndarray] | None = None,
        *,
        overran: Sequence[Overran] = (),
        **parameters: Any,
    ) -> Answer:
        """Ask for one call of the student's code.

        Args:
            method: A method of autograder.worker.service.Service.
            doing: What to tell the student was being done, such as ``calling predict``.
            seconds: Wall-clock deadline; after it the worker and all that it started die.
            arrays: Arrays to send along.
            overran: How earlier calls ended. One that is in the same function after a share of its time ends likewise.
            parameters: Plain values to send along.

        Raises:
            SubmissionError: The student's code raised, in words for the student.
            Overran: It was not done at the deadline.
            WorkerGone: It ended its process, garbled the channel, or was gone before.
            InternalError: The request itself can't be sent; or what the worker stands on is gone: its zygote, the disk.
        """
        if self._gone is not None:
            raise self._gone
        self._must_be_silent(doing)
        self._calls += 1
        request = Message({"id": self._calls, "method": method, "parameters": parameters}, arrays or {})
        started, before = time.monotonic(), self._meter.look(self._family())
        try:
            self._send(request, started + seconds)
            self._watch(doing, started + seconds, started + SHARE_AFTER_OVERRUN * seconds, overran)
            answer = self._channel.receive(max(started + seconds, time.monotonic() + SECONDS_TO_HEAR))
        except ChannelTimeout:
            raise self._overrun(doing, seconds) from None
        except ChannelClosed:
            raise self._lost(self._obituary(doing)) from None
        except MalformedFrame as error:
            if len(self._family()) == 1:  # else a child that lives on by mistake may be writing as well
                self._suspect(f"While {doing}, it wrote bytes on the grader's own line: {error}")
            raise self._lost(failures.garbled(doing, Garbled.NO_FRAME, str(error))) from None
        seconds, used = time.monotonic() - started, self._meter.look(self._family()).since(before)
        return self._judge(answer, doing, seconds, used)

    def printed(self) -> str:
        """What the student's code has printed so far (capped)."""
        return self._output.text()

    def suspicions(self) -> tuple[str, ...]:
        """What it did that no honest mistake does, for the staff. An answer that wasn't asked for is seen, too."""
        if self.alive and self._channel.waits(0):
            self._look_at_answer("the last call")
        return self._suspicions

    def end(self, grace: float = 0.0) -> int | None:
        """End it and everything it left; waits until they are gone.

        Args:
            grace: Seconds in which it may still end by itself.

        Returns:
            Its exit status; None when it had to be killed, or was gone before.
        """
        if not self.alive:
            return None
        self.alive = False
        status = self._zygote.end(self._lodger, grace)
        self._channel.close()
        self._output.finish()
        self._left = self._stack.left()
        self._stack.close()
        return status

    def _send(self, request: Message, deadline: float) -> None:
        try:
            self._channel.send(request, deadline)
        except ValueError as error:
            raise InternalError(f"the request {request.body['method']!r} can't be sent: {error}") from error

    def _lost(self, finding: Finding, kind: type[WorkerGone] = WorkerGone) -> WorkerGone:
        """End it, for this reason, which every later call is told again."""
        self.end()
        self._gone = kind(finding)
        return self._gone

    def _overrun(self, doing: str, seconds: float) -> WorkerGone:
        where = self._stack.ask(self._lodger.pid)
        return self._stopped(failures.too_slow(doing, seconds, where), where)

    def _stopped(self, finding: Finding, where: Whereabouts) -> WorkerGone:
        error = self._lost(finding, Overran)
        if isinstance(error, Overran):
            error.where = where
        return error

    def _stop_in_same_function(self, overran: Sequence[Overran]) -> None:
        """Raise Overran, with the words of an earlier one, if the worker is in the function that didn't end then."""
        where = self._stack.ask(self._lodger.pid)
        for earlier in overran:
            if where.is_in_function_of(earlier.where):
                raise self._stopped(earlier.finding, where)

    def _watch(self, doing: str, deadline: float, look: float, overran: Sequence[Overran]) -> None:
        """Wait for the answer, with an eye on what the worker uses and, from ``look`` on, where it is."""
        while True:
            before, wait = time.monotonic(), max(min(SECONDS_BETWEEN_LOOKS, deadline - time.monotonic()), 0.0)
            there = self._channel.waits(wait)
            overslept = time.monotonic() - before - wait
            if overslept > SECONDS_TO_WAKE:  # Ctrl+Z, a machine that stood still
                self.held_up += overslept
                deadline, look = deadline + overslept, look + overslept
            if there:
                return
            if time.monotonic() >= deadline:
                raise ChannelTimeout
            if overran and time.monotonic() >= look:
                self._stop_in_same_function(overran)
                look = deadline
            self._meter.look(family := self._family())
            if found := excess(family, self._policy):
                raise self._lost(failures.too_much(doing, found.what, self._stack.ask(self._lodger.pid)))
            # A child that it left may hold the line open. What was sent before the end is still there.
            if has_ended(self._lodger.pid) and not self._channel.waits(0):
                raise ChannelClosed

    def _obituary(self, doing: str) -> Finding:
        """What to say of a worker that hung up.

        Raises:
            InternalError: Its zygote is dead, with which it dies; or the machine had no memory left for it, though it
                took less than it may: neither is the student's doing.
        """
        status = self.end(SECONDS_TO_EXIT)
        if status is None and not self._lodger.turned and self._lodger.parent.poll() is not None:
            self._gone = InternalError("the process that this submission's workers came from was killed: grade again")
            raise self._gone
        if status == -signal.SIGKILL and kills_for_memory() > self._kills:
            self._gone = InternalError(
                f"while {doing}, the student's process was killed because this machine had no memory left, and a "
                f"submission may take {self._policy.memory_mb:,} MB: grade where there is more than that for each that "
                "is graded at a time, or lower memory_mb under [limits]"
            )
            raise self._gone
        if status is None:  # it lived on, but closed its line
            return failures.garbled(doing, Garbled.HUNG_UP)
        return failures.died(doing, status, self._output.text(), self._left)

    def _judge(self, answer: Message, doing: str, seconds: float, cpu_seconds: float) -> Answer:
        body = answer.body
        self._suspect_forgery(answer, doing)
        if type(body.get("id")) is not int or body["id"] != self._calls:
            raise self._lost(failures.garbled(doing, Garbled.OTHER_CALL))
        if ("ok" in body) == ("error" in body):
            raise self._lost(failures.garbled(doing, Garbled.UNDECIDED))
        error, values = body.get("error"), body.get("ok")
        if isinstance(error, dict):
            if error.get("own_look") is True and not error.get("frames"):
                raise InternalError(failures.own_look(error, doing))
            if DISK_FULL in str(error.get("text")) and self._disk_is_full():
                disk = self._policy.scratch
                raise InternalError(f"the disk that {disk} is on is full: free some space and grade again")
            raise SubmissionError(failures.raised(error, doing, self._packages))
        if not isinstance(values, dict):
            raise self._lost(failures.garbled(doing, Garbled.NO_OBJECT))
        return Answer(values, answer.arrays, seconds, cpu_seconds)

    def _disk_is_full(self) -> bool:
        """By the grader's own look: a worker may say what it likes."""
        disk = os.statvfs(self._policy.scratch)
        return disk.f_bavail * disk.f_frsize < BYTES_OF_A_FULL_DISK or not disk.f_favail

    def _must_be_silent(self, doing: str) -> None:
        """Before a question there is no answer.

        Raises:
            WorkerGone: There is one.
        """
        if self._channel.waits(0) and self._look_at_answer(doing) and not has_ended(self._lodger.pid):
            raise self._lost(failures.garbled(doing, Garbled.UNASKED))

    def _look_at_answer(self, doing: str) -> bool:
        """Take what is on the line; whether that is more than its end, of which the next call says what it means."""
        try:
            self._suspect_forgery(self._channel.receive(time.monotonic() + SECONDS_TO_EXIT), doing)
        except ChannelClosed:
            return False
        except (ChannelTimeout, MalformedFrame):
            pass  # the caller says what becomes of it
        return True

    def _suspect_forgery(self, answer: Message, doing: str) -> None:
        number = answer.body.get("id")
        if set(answer.body) - {"id", "ok", "error"} or (isinstance(number, int) and number > self._calls):
            self._suspect(f"Around {doing}, it wrote an answer that wasn't asked for on the grader's line")

    def _suspect(self, what: str) -> None:
        if what not in self._suspicions:
            self._suspicions += (what,)

    def _greeting(self) -> tuple[SandboxLayer, ...]:
        """The probe's findings: sent before a line of the student's code has run, so they can be believed."""
        try:
            layers = self._channel.receive(time.monotonic() + SECONDS_TO_CONFINE).body["sandbox"]
        except (ChannelClosed, ChannelTimeout) as error:
            status = self.end(SECONDS_TO_EXIT)
            said = self._output.text()[-1000:]
            raise InternalError(f"a worker ended before it was confined (status {status}): {said}") from error
        return tuple(SandboxLayer(*layer) for layer in layers)

    def _family(self) -> set[int]:
        return meter.family(self._lodger.pid, self._lodger.parent.pid, self._lodger.uid)
