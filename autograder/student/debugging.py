"""A student's own code in an ordinary process that has the terminal: no walls, no deadlines, and no points."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograder.blueprint import Framework
from autograder.protocol.channel import Channel, ChannelClosed
from autograder.protocol.frames import MAX_ANSWER_HEADER, Message
from autograder.student.handle import Module
from autograder.student.worker import Answer, Overran, Worker
from autograder.student.zygotes import worker_environment

QUIT = "BdbQuit"  # what pdb raises when it is told to quit


class BareWorker(Worker):
    """Asks a process that inherited the terminal, and waits as long as its debugger does."""

    def __init__(self, framework: Framework, folder: str, scratch: str) -> None:
        self._calls, self.alive, self.held_up, self.sandbox = 0, True, 0.0, ()
        ours, theirs = socket.socketpair()
        self._channel = Channel(ours, receives=MAX_ANSWER_HEADER)
        command = [sys.executable, "-s", "-P", "-m", "autograder.worker.bare", "--framework", framework.value]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - a command of our own
                [*command, "--channel", str(theirs.fileno()), "--folder", folder],
                pass_fds=[theirs.fileno()],
                env={**worker_environment(scratch), **os.environ},
                cwd=scratch,
            )

    def call(
        self,
        method: str,
        doing: str,
        seconds: float,  # noqa: ARG002 - the interface's
        arrays: Mapping[str, np.ndarray] | None = None,
        *,
        overran: Sequence[Overran] = (),  # noqa: ARG002 - the same
        **parameters: Any,
    ) -> Answer:
        """As :meth:`Worker.call`, without a deadline.

        Raises:
            KeyboardInterrupt: The debugger was told to quit, or the process has ended.
        """
        self._calls += 1
        try:
            self._channel.send(Message({"id": self._calls, "method": method, "parameters": parameters}, arrays or {}))
            answer = self._channel.receive()
        except ChannelClosed:
            raise KeyboardInterrupt from None
        error = answer.body.get("error")
        if isinstance(error, dict) and error.get("type") == QUIT:
            raise KeyboardInterrupt
        return self._judge(answer, doing, 0.0, 0.0)

    def printed(self) -> str:
        """Nothing: what it prints stands in the terminal."""
        return ""

    def suspicions(self) -> tuple[str, ...]:
        return ()

    def end(self, grace: float = 0.0) -> int | None:  # noqa: ARG002 - the interface's
        """End it."""
        if self.alive:
            self.alive = False
            self._channel.close()
            self._process.kill()
            self._process.wait()
        return None


class BareModule(Module):
    """A module that such workers serve."""

    def another(self, device: str = "") -> Module:
        self._others.append(BareModule(self.framework, self._submission, self._zygote, self.bench, device))
        return self._others[-1]

    def _enclosed(self) -> Worker:
        self._policy = self.bench.policy()
        return BareWorker(self.framework, str(self.bench.code), self._policy.scratch)
