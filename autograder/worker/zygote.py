"""A process that has imported one framework and run nothing, and forks a confined worker on request.

Facts that it rests on: a process that has only *imported* TensorFlow or torch forks safely (in 11 to 20 ms); one that
has run an operation does not. So it counts its threads before it offers to fork; where it can't promise, it becomes the
worker itself, and the grader starts a new one for the next.

Talks to the grader over a Unix socket in frames; the worker's channel and output come as file descriptors.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

from autograder.protocol.channel import Channel, ChannelClosed
from autograder.protocol.frames import Message
from autograder.sandbox import linux
from autograder.sandbox.confine import confine
from autograder.sandbox.policy import Policy
from autograder.sandbox.probe import probe
from autograder.worker import adapters
from autograder.worker.adapter import Adapter
from autograder.worker.serve import serve
from autograder.worker.service import Service

MOST_THREADS_TO_FORK = 2


def main() -> None:
    """Entry point of ``python -m autograder.worker.zygote --framework F --control FD``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--framework", required=True)
    parser.add_argument("--control", type=int, required=True)
    options = parser.parse_args()
    if platform.system() == "Linux":
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    sys.dont_write_bytecode = True
    adapter = adapters.load(options.framework)
    gc.collect()
    gc.freeze()
    control = socket.socket(fileno=options.control)
    Zygote(control, adapter).run({"versions": adapters.versions(options.framework)})


class Zygote:
    """Forks workers, and sees to it that nothing of them is left."""

    def __init__(self, control: socket.socket, adapter: Adapter) -> None:
        self._control = control
        self._channel = Channel(control)
        self._adapter = adapter
        self._workers: set[int] = set()

    def run(self, hello: dict[str, Any]) -> None:
        self._channel.send(Message({**hello, "can_fork": can_fork()}))
        while True:
            select.select([self._control], [], [])
            try:
                request, descriptors = _receive_with_descriptors(self._channel, self._control)
                answer = self._answer(request.body, descriptors)
            except ChannelClosed:
                break
            self._channel.send(Message(answer))
        for pid in list(self._workers):
            self._end(pid)

    def _answer(self, body: Any, descriptors: list[int]) -> dict[str, Any]:
        if body["method"] == "end":
            return self._end(body["pid"])
        pid = os.fork() if body["fork"] else 0
        if pid == 0:
            self._become_worker(body, *descriptors)
        self._workers.add(pid)
        for descriptor in descriptors:
            os.close(descriptor)
        return {"pid": pid}

    def _become_worker(self, body: Any, channel: int, output: int) -> NoReturn:
        """Confine this process and serve; never returns into the zygote's code."""
        try:
            _start_worker(body, channel, output, self._control, self._adapter)
        except BaseException as error:  # noqa: BLE001 - said on the captured output; the grader sees the channel close
            os.write(2, f"worker: {type(error).__name__}: {error}\n".encode())
            os._exit(70)
        os._exit(0)

    def _end(self, pid: int) -> dict[str, Any]:
        """Kill a worker and all that it left, and wait until they are gone."""
        if pid not in self._workers:
            return {"status": None, "cpu_seconds": 0.0}
        for kill in (os.kill, os.killpg):
            try:
                kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
        _, status, usage = os.wait4(pid, 0)
        self._workers.discard(pid)
        self._reap_orphans()
        return {"status": os.waitstatus_to_exitcode(status), "cpu_seconds": usage.ru_utime + usage.ru_stime}

    def _reap_orphans(self) -> None:
        # A daemon of a dead worker becomes our child: whatever is a child and no worker has no business here.
        while orphans := [pid for pid in _children() if pid not in self._workers]:
            for pid in orphans:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def can_fork() -> bool:
    """Whether this process may fork: on Linux, and with hardly a thread beside the main one."""
    tasks = Path("/proc/self/task")
    return tasks.is_dir() and len(list(tasks.iterdir())) <= MOST_THREADS_TO_FORK


def _start_worker(body: Any, channel: int, output: int, control: socket.socket, adapter: Adapter) -> None:
    os.setsid()
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    for descriptor in {null, output, control.detach()} - {0, 1, 2}:
        os.close(descriptor)
    policy = Policy.from_json(body["policy"])
    os.environ.update(HOME=policy.scratch, TMPDIR=policy.scratch)
    os.chdir(policy.scratch)
    reasons = confine(policy)
    line = Channel(socket.socket(fileno=channel))
    held = probe(policy, body["secrets"], body["grader"], reasons) if body["secrets"] else []
    line.send(Message({"sandbox": [[layer.name, layer.on, layer.why] for layer in held]}))
    adapter.prepare()
    serve(line, Service(adapter), body["folder"])


def _children() -> list[int]:
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in listed.read_text().split()] if listed.exists() else []


def _receive_with_descriptors(channel: Channel, control: socket.socket) -> tuple[Message, list[int]]:
    """A request; its descriptors travel with one byte of their own ahead of the frame."""
    _, descriptors, _, _ = socket.recv_fds(control, 1, 2)
    return channel.receive(), list(descriptors)


if __name__ == "__main__":
    main()
