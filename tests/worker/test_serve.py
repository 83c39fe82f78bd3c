"""The worker's loop: each request has an answer, whatever the student's code does to it."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext

import numpy as np
import pytest

from autograder.protocol.channel import Channel
from autograder.protocol.frames import Message
from autograder.worker.adapter import own_look
from autograder.worker.serve import answer, describe, serve
from autograder.worker.service import Service, call

LONG = 60.0


class Stub(Service):
    """Answers without a student."""

    def __init__(self) -> None:
        super().__init__(adapter=None)  # type: ignore[arg-type]  # nothing here asks it

    def encode(self, **parameters):
        return {"got": parameters}, {"a": np.zeros(2)}

    def predict(self, what):
        raise what

    def weights(self, what):
        return {"value": what}, {}


def asked(method: str, **parameters) -> Message:
    return Message({"id": 7, "method": method, "parameters": parameters})


def test_an_answer_has_the_requests_number():
    found = answer(Stub(), asked("encode", texts=["a"]), "/sub")
    assert found.body == {"id": 7, "ok": {"got": {"texts": ["a"]}}}
    assert found.arrays["a"].tolist() == [0, 0]


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), KeyboardInterrupt(), GeneratorExit(), MemoryError()])
def test_every_exception_is_an_answer(error):
    found = answer(Stub(), asked("predict", what=error), "/sub")
    assert found.body["id"] == 7
    assert found.body["error"]["type"] == type(error).__name__


@pytest.mark.parametrize("method", ["_adopt", "__init__", "__class__", "nothing", "", "import_module.__globals__"])
def test_only_the_services_own_methods_can_be_called(method):
    with pytest.raises(ValueError, match="no method"):
        call(Stub(), method, {}, {})
    assert answer(Stub(), asked(method), "/sub").body["error"]["type"] == "ValueError"


@pytest.mark.parametrize(
    "body", [{}, {"id": 1}, {"id": 1, "method": "encode"}, {"id": 1, "method": 5, "parameters": {}}]
)
def test_a_request_that_is_none_is_an_error(body):
    assert "error" in answer(Stub(), Message(body), "/sub").body


def test_an_exception_names_the_students_frames_alone():
    code = compile("def f():\n    raise KeyError('k')\nf()\n", "/sub/pkg/mod.py", "exec")
    with pytest.raises(KeyError) as caught:
        exec(code, {})
    found = describe(caught.value, "/sub")
    assert [(f["file"], f["line"], f["function"]) for f in found["frames"]] == [
        ("pkg/mod.py", 3, "<module>"),
        ("pkg/mod.py", 2, "f"),
    ]


def test_a_path_of_the_grader_is_not_shown():
    assert describe(ImportError("cannot import x from /tmp/deep/sub/mod.py"), "/tmp/deep/sub")["text"].endswith(
        " mod.py"
    )


def test_a_deep_traceback_is_shown_by_its_end():
    code = compile("def f(n):\n    f(n - 1) if n else 1 / 0\nf(50)\n", "/sub/mod.py", "exec")
    with pytest.raises(ZeroDivisionError) as caught:
        exec(code, {})
    assert len(describe(caught.value, "/sub")["frames"]) == 8


class Hostile(SyntaxError):
    lineno = property(lambda self: 1 / 0)

    def __str__(self):
        raise RuntimeError


class Odd(SyntaxError):
    pass


def test_an_exception_that_answers_nothing_is_described_all_the_same():
    assert describe(Hostile(), "/sub") == {"type": "Hostile", "text": "", "frames": []}


def test_an_exception_of_odd_parts_is_described_in_plain_values():
    odd = Odd("x")
    odd.filename, odd.lineno, odd.text = b"bytes", "ten", ["code"]
    assert describe(odd, "/sub")["syntax"] == {"file": "b'bytes'", "line": 0, "code": ""}


@pytest.fixture
def line() -> Iterator[Channel]:
    ours, theirs = socket.socketpair()
    serving = threading.Thread(target=serve, args=(Channel(theirs, sends=1000), Stub(), "/sub"))
    serving.start()
    channel = Channel(ours)
    yield channel
    channel.close()
    serving.join(LONG)
    assert not serving.is_alive()
    theirs.close()


def reply(line: Channel, request: Message) -> Message:
    line.send(request)
    return line.receive(time.monotonic() + LONG)


def test_requests_are_answered_until_the_line_closes(line):
    for number in range(3):
        assert reply(line, Message({"id": number, "method": "weights", "parameters": {"what": 1}})).body["id"] == number


@pytest.mark.parametrize("what", ["x" * 2000])
def test_an_answer_that_is_too_large_becomes_an_error(line, what):
    found = reply(line, asked("weights", what=what)).body
    assert found["id"] == 7
    assert found["error"]["type"] == "WrongKind"
    assert "too large to be an answer" in found["error"]["text"]
    assert reply(line, asked("weights", what=1)).body["ok"] == {"value": 1}


def test_outputs_are_flushed_before_the_answer_and_may_be_gone(line, monkeypatch):
    class Broken:
        def flush(self):
            raise ValueError("closed")

    monkeypatch.setattr(sys, "stdout", Broken())
    monkeypatch.setattr(sys, "stderr", None)
    assert reply(line, asked("weights", what=1)).body["ok"] == {"value": 1}


def described(code: str, folder: str = "/sub", *, looks: bool = False) -> dict:
    """What is told of the error that this code raises, as a file of the student's."""
    with pytest.raises(Exception) as caught, own_look() if looks else nullcontext():  # noqa: PT011 - of any kind
        exec(compile(code, f"{folder}/work.py", "exec"), {"vocabulary": 1})
    return describe(caught.value, folder)


@pytest.mark.parametrize(
    ("code", "meant"), [("vocabulry", "vocabulary"), ("[].apend(1)", "append"), ("prnt(1)", "print"), ("zzz", "")]
)
def test_what_was_probably_meant_is_proposed_as_python_does(code, meant):
    assert described(code).get("suggestion", "") == meant


def test_an_object_that_refuses_to_be_listed_costs_no_frames():
    found = described("class A:\n    def __dir__(self): raise ValueError\nA().x")
    assert found["frames"][0]["line"] == 3


def test_the_workers_own_look_is_told_apart_from_the_students_lines():
    assert "own_look" not in described("1 / 0", looks=True)
    with pytest.raises(TypeError) as caught, own_look():
        len(3)  # type: ignore[arg-type]  # what the worker does, on no line of a student's
    assert describe(caught.value, "/sub")["own_look"] is True
