"""The worker's loop: one request, one answer, until the grader hangs up."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Mapping
from typing import Any

from autograder.protocol.channel import Channel, ChannelClosed
from autograder.protocol.frames import Message
from autograder.worker.adapter import OWN_LOOK, WrongKind
from autograder.worker.returns import gave_none
from autograder.worker.service import Result, Service, call
from autograder.worker.suggestions import did_you_mean

DEVICE_FACTS = "device_facts"  # attribute of an error about where a tensor is
MAX_TEXT = 2000  # characters of a student's message that travel: its beginning, and its end,
MAX_START = 800  # where TensorFlow says what happened behind a long list of its own lines


def serve(channel: Channel, service: Service, folder: str) -> None:
    """Answer requests until the channel closes. ``folder`` is the student's: tracebacks keep its frames alone."""
    while True:
        try:
            request = channel.receive()
        except ChannelClosed:
            return
        found = answer(service, request, folder)
        _flush()
        try:
            channel.send(found)
        except ValueError as error:  # raised before a byte is sent
            too_much = WrongKind(f"what came back is too large to be an answer ({error})")
            channel.send(Message({"id": request.body.get("id"), "error": describe(too_much, folder)}))


def answer(service: Service, request: Message, folder: str) -> Message:
    """The answer to one request; whatever the student's code raises becomes an answer as well."""
    number = request.body.get("id")
    try:
        values, arrays = _called(service, request)
        return Message({"id": number, "ok": values}, arrays)
    except BaseException as error:  # noqa: BLE001 - sys.exit() and KeyboardInterrupt are a student's errors like any other
        return Message({"id": number, "error": describe(error, folder)})


def describe(error: BaseException, folder: str) -> dict[str, Any]:
    """An exception as plain data: its type and text, and the frames that lie in the student's folder."""
    described: dict[str, Any] = {"type": type(error).__name__[:100], "text": _text(error, folder), "frames": []}
    with contextlib.suppress(Exception):  # a student's exception may answer any question with another exception
        described |= _details(error, folder)
    with contextlib.suppress(Exception):  # by itself: what a student's object answers costs no frames
        described |= {"suggestion": suggestion} if (suggestion := did_you_mean(error)) else {}
    if "None" in described["text"]:
        with contextlib.suppress(Exception):
            described |= {"gave_none": name[:100]} if (name := gave_none(error.__traceback__, folder)) else {}
    return described


def _called(service: Service, request: Message) -> Result:
    return call(service, request.body["method"], request.body["parameters"], request.arrays)


def _details(error: BaseException, folder: str) -> Mapping[str, Any]:
    frames = [
        {"file": _short(frame.filename, folder), "line": frame.lineno or 0, "function": frame.name,
         "code": (frame.line or "")[:200]}
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(folder)
    ]  # fmt: skip
    found: dict[str, Any] = {"frames": frames[-8:]}
    if not frames and getattr(error, OWN_LOOK, False) is True:
        found["own_look"] = True
    if isinstance(facts := getattr(error, DEVICE_FACTS, None), dict):
        found["device"] = {str(name): str(fact)[:200] for name, fact in facts.items()}
    if isinstance(error, SyntaxError):
        line = error.lineno if isinstance(error.lineno, int) else 0
        code = error.text.rstrip()[:200] if isinstance(error.text, str) else ""
        found["syntax"] = {"file": _short(str(error.filename or ""), folder), "line": line, "code": code}
    if isinstance(error, ModuleNotFoundError):
        found["missing_module"] = str(error.name or "")[:100]
    return found


def _short(file: str, folder: str) -> str:
    return file.removeprefix(folder).lstrip("/")[-200:]


def _text(error: BaseException, folder: str) -> str:
    try:
        text = str(error).replace(f"{folder}/", "")
        return text if len(text) <= MAX_TEXT else f"{text[:MAX_START]}\n{text[-(MAX_TEXT - MAX_START - 1) :]}"
    except Exception:  # noqa: BLE001 - a student's __str__ may raise anything
        return ""


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the student's code may have replaced or closed it
            stream.flush()
