"""A process that has imported one framework and run nothing, and forks a confined worker on request.

Facts that it rests on: a process that has only *imported* TensorFlow or torch forks safely (in 11 to 20 ms); one that
has run an operation does not. So it counts its threads before it offers to fork; where it can't promise, it becomes the
worker itself, and the grader starts a new one for the next.

Talks to the grader over a Unix socket in frames; the worker's channel and output come as file descriptors. It ends with
its workers when that socket closes, which it does however the grader ends.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import select
import socket
import sys
from collections.abc import Mapping
from typing import Any

from autograder.errors import what_to_do
from autograder.protocol.channel import Channel, ChannelClosed
from autograder.protocol.frames import Message
from autograder.sandbox import linux
from autograder.worker import adapters
from autograder.worker.adapter import Adapter
from autograder.worker.birth import become_worker
from autograder.worker.burial import bury

MOST_THREADS_TO_FORK = 2
MOST_SAID = 1000  # characters of why a framework can't be imported


def main() -> None:
    """Entry point of ``python -m autograder.worker.zygote --framework F --control FD``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--framework", required=True)
    parser.add_argument("--control", type=int, required=True)
    options = parser.parse_args()
    if platform.system() == "Linux":
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)  # a daemon of a dead worker becomes our child
    sys.dont_write_bytecode = True
    adapter = _loaded(options.framework)
    gc.collect()
    gc.freeze()
    control = socket.socket(fileno=options.control)
    Zygote(control, adapter).run({"versions": adapters.versions(options.framework)})
    os._exit(0)  # the interpreter's own end takes most of a second with a framework in it


def _loaded(framework: str) -> Adapter:
    """Import the framework; where that fails, end with a line that the grader passes on."""
    try:
        return adapters.load(framework)
    except Exception as error:  # noqa: BLE001 - a broken installation may raise anything
        sys.exit(f"{type(error).__name__}: {error}"[:MOST_SAID])


class Zygote:
    """Forks workers, and sees to it that nothing of them is left."""

    def __init__(self, control: socket.socket, adapter: Adapter) -> None:
        self._control = control
        self._channel = Channel(control)
        self._adapter = adapter
        self._users: dict[int, int | None] = {}  # of the living workers, by process id

    def run(self, hello: Mapping[str, Any]) -> None:
        """Serve the grader until it hangs up."""
        try:
            self._channel.send(Message({**hello, "can_fork": can_fork()}))
            while True:
                select.select([self._control], [], [])
                request, descriptors = _receive_with_descriptors(self._channel, self._control)
                self._channel.send(Message(self._answer(request.body, descriptors)))
        except ChannelClosed:
            for pid in list(self._users):
                self._end(pid, grace=0)

    def _answer(self, body: Mapping[str, Any], descriptors: list[int]) -> dict[str, Any]:
        if body["method"] == "end":
            return {"status": self._end(body["pid"], body["grace"])}
        try:
            pid = os.fork() if body["fork"] else 0
        except OSError as error:
            for descriptor in descriptors:
                os.close(descriptor)
            return {"refused": what_to_do(error)}
        if pid == 0:
            os.close(self._control.detach())
            become_worker(body, descriptors, self._adapter)
        self._users[pid] = body["policy"]["uid"]
        for descriptor in descriptors:
            os.close(descriptor)
        return {"pid": pid}

    def _end(self, pid: int, grace: float) -> int | None:
        if pid not in self._users:
            return None
        uid = self._users.pop(pid)
        return bury(pid, grace, uid=None if uid in self._users.values() else uid, others=self._users.keys())


def can_fork() -> bool:
    """Whether this process may fork: on Linux, and with hardly a thread beside the main one."""
    return platform.system() == "Linux" and linux.threads() <= MOST_THREADS_TO_FORK


def _receive_with_descriptors(channel: Channel, control: socket.socket) -> tuple[Message, list[int]]:
    """A request; its descriptors travel with one byte of their own ahead of the frame."""
    _, descriptors, _, _ = socket.recv_fds(control, 1, 3)
    return channel.receive(), list(descriptors)


if __name__ == "__main__":
    main()
