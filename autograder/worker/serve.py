"""The worker's loop: one request, one answer, until the grader hangs up."""

from __future__ import annotations

import traceback
from typing import Any

from autograder.protocol.channel import Channel, ChannelClosed
from autograder.protocol.frames import Message
from autograder.worker.service import Service, call

MAX_TEXT = 2000  # characters of a student's message that travel


def serve(channel: Channel, service: Service, folder: str) -> None:
    """Answer requests until the channel closes. ``folder`` is the student's: tracebacks keep its frames alone."""
    while True:
        try:
            request = channel.receive()
        except ChannelClosed:
            return
        channel.send(answer(service, request, folder))


def answer(service: Service, request: Message, folder: str) -> Message:
    """The answer to one request; whatever the student's code raises becomes an answer as well."""
    number = request.body.get("id")
    try:
        values, arrays = call(service, request.body["method"], request.body["parameters"], request.arrays)
        return Message({"id": number, "ok": values}, arrays)
    except BaseException as error:  # noqa: BLE001 - sys.exit() and KeyboardInterrupt are a student's errors like any other
        return Message({"id": number, "error": describe(error, folder)})


def describe(error: BaseException, folder: str) -> dict[str, Any]:
    """An exception as plain data: its type and text, and the frames that lie in the student's folder."""
    frames = [
        {"file": frame.filename.removeprefix(folder).lstrip("/"), "line": frame.lineno or 0, "function": frame.name,
         "code": (frame.line or "")[:200]}
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(folder)
    ]  # fmt: skip
    described: dict[str, Any] = {
        "type": type(error).__name__[:100],
        "text": _text_of(error),
        "frames": frames[-8:],
    }
    if isinstance(error, SyntaxError):
        described["syntax"] = {"file": str(error.filename or "").removeprefix(folder).lstrip("/"),
                               "line": error.lineno or 0, "code": (error.text or "").rstrip()[:200]}  # fmt: skip
    if isinstance(error, ModuleNotFoundError):
        described["missing_module"] = str(error.name or "")[:100]
    return described


def _text_of(error: BaseException) -> str:
    try:
        return str(error)[:MAX_TEXT]
    except Exception:  # noqa: BLE001 - a student's __str__ may raise anything
        return ""
