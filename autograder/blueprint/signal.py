"""What flows between layers: its shape, with the batch and the number of time steps left symbolic."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SignalKind(StrEnum):
    """Kinds of signal, in the words of an error message."""

    TOKENS = "token ids [n, t]"
    SEQUENCE = "a sequence [n, t, c]"
    VECTOR = "a vector [n, c]"
    IMAGE = "images [n, h, w, c]"


@dataclass(frozen=True)
class Steps:
    """A number of time steps, ``times * t + offset``: ``t - 2`` is what a convolution of width 3 leaves of ``t``."""

    times: int = 1
    offset: int = 0

    def __add__(self, other: Steps | int) -> Steps:
        if isinstance(other, int):
            return Steps(self.times, self.offset + other)
        return Steps(self.times + other.times, self.offset + other.offset)

    def at(self, length: int) -> int:
        return self.times * length + self.offset

    def __str__(self) -> str:
        start = "t" if self.times == 1 else f"{self.times}t"
        return start if not self.offset else f"{start} {'+' if self.offset > 0 else '-'} {abs(self.offset)}"


_KINDS = {  # by which axes are time
    (True,): SignalKind.TOKENS,
    (True, False): SignalKind.SEQUENCE,
    (False,): SignalKind.VECTOR,
    (False, False, False): SignalKind.IMAGE,
}


@dataclass(frozen=True)
class Signal:
    """The shape of one example (the batch axis is understood): ``(Steps(), 64)`` is a sequence of 64 features."""

    shape: tuple[int | Steps, ...]

    @property
    def kind(self) -> SignalKind | None:
        """The kind; None for a shape that no layer takes."""
        return _KINDS.get(tuple([isinstance(axis, Steps) for axis in self.shape]))

    @property
    def features(self) -> int:
        """Size of the last axis."""
        last = self.shape[-1]
        if isinstance(last, Steps):
            raise TypeError(f"{self} has no features")
        return last

    def with_features(self, features: int) -> Signal:
        return Signal((*self.shape[:-1], features))

    def size(self, length: int) -> int:
        """Numbers in one example of ``length`` time steps."""
        size = 1
        for axis in self.shape:
            size *= axis.at(length) if isinstance(axis, Steps) else axis
        return size

    @property
    def shortest(self) -> int:
        """The smallest ``t`` at which every axis has at least one entry."""
        steps = [axis for axis in self.shape if isinstance(axis, Steps)]
        return max((-((axis.offset - 1) // axis.times) for axis in steps), default=1)

    def __str__(self) -> str:
        return f"[{', '.join(['n', *map(str, self.shape)])}]"


TOKEN_IDS = Signal((Steps(),))
