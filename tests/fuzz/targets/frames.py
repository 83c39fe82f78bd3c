"""The protocol: frames on a channel, as the grader and as a worker receive them."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Sequence

import numpy as np

from autograder.protocol.channel import Channel, ChannelClosed
from autograder.protocol.frames import MAX_ANSWER_HEADER, MAX_HEADER, PREFIX, MalformedFrame, Message, decode, encode
from targets.target import Form, Target, entry, framed, must, unframed

LONG = 60.0  # seconds; nothing here waits
AS_IT_IS = 0  # the first byte of an input: a stream as it is, or (any odd byte) one frame whose lengths are right
WITH_LENGTHS = 1


def run(data: bytes) -> None:
    """Whatever the bytes: messages, then the end of the stream or a refusal; in both directions alike."""
    if not data:
        return
    stream = framed(data[1:]) if data[0] % 2 else data[1:]
    as_grader, as_worker = (_received(stream, bound) for bound in (MAX_ANSWER_HEADER, MAX_HEADER))
    must(_same(as_grader, as_worker), "grader and worker read small frames alike")
    for message in as_grader:
        _look_at(message, len(data))


def _received(stream: bytes, bound: int) -> list[Message]:
    ours, theirs = socket.socketpair()
    found: list[Message] = []
    with ours:
        with theirs:
            theirs.sendall(stream)
        channel = Channel(ours, receives=bound)
        while True:
            try:
                found.append(channel.receive(time.monotonic() + LONG))
            except (ChannelClosed, MalformedFrame):
                return found


def _look_at(message: Message, sent: int) -> None:
    must(isinstance(message.body, dict), "a body is an object")
    must(sum(a.nbytes for a in message.arrays.values()) <= sent, "arrays hold no more than was sent")
    must(not any(a.flags.writeable for a in message.arrays.values()), "arrays are read-only")
    frame = encode(message)
    _, header = PREFIX.unpack(frame[: PREFIX.size])
    rest = frame[PREFIX.size :]
    must(_same([decode(rest[:header], memoryview(rest)[header:])], [message]), "what was read can be sent on")


def _same(one: Sequence[Message], other: Sequence[Message]) -> bool:
    return len(one) == len(other) and all(
        m.body == n.body
        and m.arrays.keys() == n.arrays.keys()
        and all(_alike(m.arrays[name], n.arrays[name]) for name in m.arrays)
        for m, n in zip(one, other, strict=True)
    )


def _alike(one: np.ndarray, other: np.ndarray) -> bool:
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


def seeds() -> list[bytes]:
    frame = encode(Message({"id": 1, "ok": {"n": [1, -2.5e3, "x\ud800\n", None, True]}}, {"a": np.arange(3.0)}))
    other = encode(Message({"id": 2, "error": {"type": "E", "frames": []}}, {"b": np.ones((2, 0, 1), np.float32)}))
    headers = [
        unframed({"id": 1, "ok": {}}),
        unframed({"ok": {"deep": [[[{"a": [{}]}]]]}}),
        unframed({}, [entry("logits", "<f4", 2, 2)], bytes(16)),
        unframed({}, [entry("a", "<i8"), entry("b", "<f8", 0, 2**29, 2**29)], bytes(8)),
        b'{"body":{"a":1,"a":2},"arrays":[]}',
        b'{"body":{"a":NaN,"b":1e999},"arrays":[]}',
        b'{"body":{"a":' + b"9" * 41 + b'},"arrays":[]}',
        b'{"body":{"a":' + b"[" * 60 + b"]" * 60 + b'},"arrays":[]}',
    ]
    streams = [frame, frame + other, frame[:-1], PREFIX.pack(2**32 - 1, 2), PREFIX.pack(500 * 2**20, 2) + b"{}", b""]
    return [bytes([AS_IT_IS]) + s for s in streams] + [bytes([WITH_LENGTHS]) + header for header in headers]


WORDS = [
    *(json.dumps(word).encode() for word in ("body", "arrays", "name", "dtype", "shape", "id", "ok", "error")),
    *(json.dumps(dtype).encode() for dtype in ("<f4", "<f8", "<i8", ">f4", "|O")),
    *(b"NaN", b"-Infinity", b"1e999", b"-0", b"null", b"true", b"[]", b"{}", b"\\ud800", b"\\u0000", b"536870912"),
]
ALL = [Target("frames", run, seeds, WORDS, 2000, Form.FRAME)]
