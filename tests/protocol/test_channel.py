"""Channels: whole messages by a deadline, whatever the other side does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from autograder.protocol import frames
from autograder.protocol.channel import Channel, ChannelClosed, ChannelTimeout
from autograder.protocol.frames import MalformedFrame, Message

LONG = 60.0  # seconds that never pass in a test
SHORT = 0.05


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def soon(seconds: float = SHORT) -> float:
    return time.monotonic() + seconds


def test_messages_arrive_in_order(ends):
    ours, theirs = map(Channel, ends)
    for number in range(3):
        ours.send(Message({"n": number}, {"a": np.full(number, 0.5)}), soon(LONG))
    assert [theirs.receive(soon(LONG)).body["n"] for _ in range(3)] == [0, 1, 2]


def test_a_message_larger_than_the_sockets_buffer_arrives(ends):
    ours, theirs = map(Channel, ends)
    array = np.arange(500_000, dtype=np.float64)
    sender = threading.Thread(target=ours.send, args=(Message({}, {"a": array}),))
    sender.start()
    found = theirs.receive(soon(LONG))
    sender.join()
    np.testing.assert_array_equal(found.arrays["a"], array)


def test_silence_ends_at_the_deadline(ends):
    with pytest.raises(ChannelTimeout):
        Channel(ends[0]).receive(soon())


def test_a_deadline_that_has_passed_is_a_timeout_at_once(ends):
    channel, other = map(Channel, ends)
    other.send(Message({}))
    with pytest.raises(ChannelTimeout):
        channel.receive(time.monotonic() - 1)


def test_a_slow_drip_ends_at_the_deadline_too(ends):
    """Each byte alone would come in time; the deadline is the frame's."""
    frame = frames.encode(Message({"text": "x" * 10_000}))
    stop = threading.Event()

    def drip() -> None:
        for byte in frame:
            ends[1].send(bytes([byte]))
            if stop.wait(0.01):
                return

    dripping = threading.Thread(target=drip)
    dripping.start()
    with pytest.raises(ChannelTimeout):
        Channel(ends[0]).receive(soon(0.2))
    stop.set()
    dripping.join()


def test_a_reader_who_does_not_read_ends_a_send_at_the_deadline(ends):
    with pytest.raises(ChannelTimeout):
        Channel(ends[0]).send(Message({}, {"a": np.zeros(2**20)}), soon())


@pytest.mark.parametrize("sent", [b"", b"\x01", b"\x10\0\0\0\x05\0\0\0", b"\x10\0\0\0\x05\0\0\0{}"])
def test_an_end_in_the_middle_of_a_frame_is_an_end(ends, sent):
    ends[1].sendall(sent)
    ends[1].close()
    with pytest.raises(ChannelClosed):
        Channel(ends[0]).receive(soon(LONG))


def test_sending_to_nobody_is_an_end(ends):
    ends[1].close()
    with pytest.raises(ChannelClosed):
        Channel(ends[0]).send(Message({}, {"a": np.zeros(2**20)}), soon(LONG))


def test_a_claim_of_4_gb_is_refused_before_anything_is_read(ends):
    ends[1].sendall(frames.PREFIX.pack(2**32 - 1, 2))
    with pytest.raises(MalformedFrame):
        Channel(ends[0]).receive(soon(LONG))


def test_a_claim_of_500_mb_takes_no_memory_until_it_comes(ends):
    import tracemalloc  # slows all allocations down while it is on

    ends[1].sendall(frames.PREFIX.pack(500 * 2**20, 2) + b"{}")
    tracemalloc.start()
    try:
        with pytest.raises(ChannelTimeout):
            Channel(ends[0]).receive(soon())
        assert tracemalloc.get_traced_memory()[1] < 10 * 2**20
    finally:
        tracemalloc.stop()


def test_headers_are_bounded_in_both_directions(ends):
    large = Message({"text": "x" * 1000})
    with pytest.raises(ValueError, match="header"):
        Channel(ends[0], sends=500).send(large)
    Channel(ends[0]).send(large)
    with pytest.raises(MalformedFrame):
        Channel(ends[1], receives=500).receive(soon(LONG))


def test_what_was_refused_was_not_sent_in_part(ends):
    ours, theirs = map(Channel, ends)
    with pytest.raises(ValueError, match=r"."):
        ours.send(Message({"n": float("nan")}))
    assert not theirs.waits(0)


def test_waits_tells_of_bytes_and_of_the_end(ends):
    ours, theirs = Channel(ends[0]), ends[1]
    assert not ours.waits(0)
    assert not ours.waits(-1)
    theirs.send(b"x")
    assert ours.waits(LONG)
    theirs.close()
    assert ours.waits(LONG)
