"""A socket that carries frames, each by a deadline for the whole of it (so a slow drip ends like silence)."""

from __future__ import annotations

import select
import socket
import time

from autograder.protocol import frames
from autograder.protocol.frames import Message


class ChannelClosed(ConnectionError):
    """The other side is gone."""


class ChannelTimeout(TimeoutError):
    """The deadline passed before the frame was through."""


class Channel:
    """Sends and receives messages over a connected stream socket."""

    def __init__(
        self, sock: socket.socket, *, sends: int = frames.MAX_HEADER, receives: int = frames.MAX_HEADER
    ) -> None:
        """Take over a socket.

        Args:
            sock: The socket.
            sends: Bound of the headers that go out, in bytes.
            receives: Bound of those that come in.
        """
        self._socket = sock
        self._sends = sends
        self._receives = receives

    def send(self, message: Message, deadline: float | None = None) -> None:
        """Send one message by ``deadline`` (seconds of :func:`time.monotonic`; None waits for ever).

        Raises:
            ValueError: It can't be a frame; not a byte was sent.
            ChannelClosed: The other side ended.
            ChannelTimeout: The deadline passed.
        """
        rest = memoryview(frames.encode(message, self._sends))
        while rest:
            self._arm(deadline)
            try:
                rest = rest[self._socket.send(rest) :]
            except TimeoutError:
                raise ChannelTimeout from None
            except OSError as error:
                raise ChannelClosed(str(error)) from None

    def receive(self, deadline: float | None = None) -> Message:
        """The next message.

        Raises:
            ChannelClosed: The other side ended, perhaps in the middle of a frame.
            ChannelTimeout: The deadline passed.
            MalformedFrame: What came is not a frame.
        """
        length, header = frames.PREFIX.unpack(self._exactly(frames.PREFIX.size, deadline))
        frames.check_lengths(length, header, self._receives)
        data = self._exactly(length, deadline)
        return frames.decode(bytes(data[:header]), data[header:])

    def waits(self, seconds: float) -> bool:
        """Whether there is something to receive (or the other side is gone) within so many seconds."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(max(seconds, 0) * 1000))

    def close(self) -> None:
        self._socket.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def _exactly(self, size: int, deadline: float | None) -> memoryview:
        # Grows with what arrives: a prefix that claims 500 MB must not make us allocate them.
        chunks = bytearray()
        while len(chunks) < size:
            self._arm(deadline)
            try:
                chunk = self._socket.recv(min(size - len(chunks), 2**20))
            except TimeoutError:
                raise ChannelTimeout from None
            except OSError as error:
                raise ChannelClosed(str(error)) from None
            if not chunk:
                raise ChannelClosed("end of stream")
            chunks += chunk
        return memoryview(chunks).toreadonly()

    def _arm(self, deadline: float | None) -> None:
        if deadline is None:
            self._socket.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise ChannelTimeout
        self._socket.settimeout(left)
