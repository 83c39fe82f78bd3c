"""From a copy of the zygote to a confined worker that serves: nothing of the student's has run until the very end."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from autograder.protocol.channel import Channel
from autograder.protocol.frames import MAX_ANSWER_HEADER, Message
from autograder.protocol.stack import answer_on
from autograder.sandbox.confine import confine
from autograder.sandbox.policy import Policy
from autograder.sandbox.probe import probe
from autograder.worker.adapter import Adapter
from autograder.worker.own_modules import hide_the_rest
from autograder.worker.serve import serve
from autograder.worker.service import Service, tell_students_lines_in

CHANNEL = 3  # the descriptor of the worker's line to the grader; 0, 1 and 2 are its input and outputs
STACK = 4  # where it writes the line that it is in
FIRST_OTHER = STACK + 1
NOT_CONFINED = 70  # exit status; EX_SOFTWARE of sysexits.h


def become_worker(order: Mapping[str, Any], descriptors: Sequence[int], adapter: Adapter) -> NoReturn:
    """Confine this process and serve the grader until it hangs up; then exit.

    Args:
        order: The zygote's request: policy, folder, secrets, the grader's process id, and whether this is a fork.
        descriptors: Of the socket to the grader, of the pipe that everything printed goes to, and of the pipe for the
            line that it is in.
        adapter: The framework's.
    """
    try:
        _worker(order, descriptors, adapter)
    except BaseException as error:  # noqa: BLE001 - said on the captured output; the grader sees the channel close
        os.write(2, f"worker: {type(error).__name__}: {error}\n".encode("utf-8", "replace"))
        os._exit(NOT_CONFINED)
    os._exit(0)


def _worker(order: Mapping[str, Any], descriptors: Sequence[int], adapter: Adapter) -> None:
    with contextlib.suppress(PermissionError):  # it leads a session already, when the zygote itself turns into a worker
        os.setsid()
    _keep_descriptors(*descriptors)
    answer_on(STACK)
    policy = Policy.from_json(order["policy"])
    _settle(policy.scratch)
    reasons = confine(policy)
    line = Channel(socket.socket(fileno=CHANNEL), sends=MAX_ANSWER_HEADER)
    held = probe(policy, order["secrets"], order["grader"], reasons)
    line.send(Message({"sandbox": [[layer.name, layer.on, layer.why] for layer in held]}))
    adapter.prepare()
    hide_the_rest()
    service = Service(adapter, order["folder"])
    tell_students_lines_in(service, order["folder"])
    serve(line, service, order["folder"])


def _keep_descriptors(channel: int, output: int, stack: int) -> None:
    """Put these in their places, and close all else that came over from the zygote."""
    null = os.open(os.devnull, os.O_RDONLY)
    # Out of the way first: one of them may sit where another has to go.
    held = (null, output, channel, stack)
    null, output, channel, stack = (fcntl.fcntl(fd, fcntl.F_DUPFD, FIRST_OTHER) for fd in held)
    for source, target in ((null, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    for source, target in ((channel, CHANNEL), (stack, STACK)):
        os.dup2(source, target, inheritable=False)
    for descriptor in _open_descriptors():
        if descriptor >= FIRST_OTHER:
            with contextlib.suppress(OSError):  # the one that listed them is closed already
                os.close(descriptor)


def _open_descriptors() -> list[int]:
    listed = Path("/proc/self/fd")
    return [int(entry.name) for entry in listed.iterdir()] if listed.is_dir() else []


def _settle(scratch: str) -> None:
    """Live in the scratch folder, and print line by line: what is printed before a crash has to arrive."""
    os.environ.update(HOME=scratch, TMPDIR=scratch, USER="student", LOGNAME="student")
    tempfile.tempdir = None  # imports may have asked for it already, and it is remembered
    os.chdir(scratch)
    sys.stdout, sys.stderr = _lines_to(1), _lines_to(2)


def _lines_to(descriptor: int) -> TextIO:
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
