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
    """A number of time steps, ``(times * t + offset) // divisor``.

    ``t - 2`` is what a convolution of width 3 leaves of ``t``, ``(t - 2) // 2`` what pooling by 2 leaves of that.
    """

    times: int = 1
    offset: int = 0
    divisor: int = 1

    def __add__(self, other: Steps | int) -> Steps:
        if isinstance(other, int):
            return Steps(self.times, self.offset + other * self.divisor, self.divisor)
        if self.divisor != 1 or other.divisor != 1:
            raise ValueError(f"{self} and {other} can't be added: each is rounded down by itself")
        return Steps(self.times + other.times, self.offset + other.offset)

    def __floordiv__(self, size: int) -> Steps:
        return Steps(self.times, self.offset, self.divisor * size)

    def at(self, length: int) -> int:
        return (self.times * length + self.offset) // self.divisor

    @property
    def shortest(self) -> int:
        """The smallest ``t`` that leaves at least one step."""
        return -((self.offset - self.divisor) // self.times)

    def __str__(self) -> str:
        start = "t" if self.times == 1 else f"{self.times}t"
        total = start if not self.offset else f"{start} {'+' if self.offset > 0 else '-'} {abs(self.offset)}"
        if self.divisor == 1:
            return total
        return f"{total if total == 't' else f'({total})'} // {self.divisor}"


_KINDS = {  # by which axes are time
    (True,): SignalKind.TOKENS,
    (True, False): SignalKind.SEQUENCE,
    (False,): SignalKind.VECTOR,
    (False, False, False): SignalKind.IMAGE,
}


@dataclass(frozen=True)
class Signal:
    """The shape of one example (the batch axis is understood): ``(Steps(), 64)`` is a sequence of 64 features.

    Attributes:
        shape: Channels (features) last, as in Keras.
        image: Of a vector that is a flattened image, the image's (height, width, channels). The frameworks flatten in
            different orders; what has weights for each feature has to know.
    """

    shape: tuple[int | Steps, ...]
    image: tuple[int, ...] = ()

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

    @property
    def feature_axes(self) -> tuple[int, ...]:
        """Shape of an array with one number for each feature: the image's, where the features are a flattened one."""
        return self.image or (self.features,)

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
        return max((axis.shortest for axis in self.shape if isinstance(axis, Steps)), default=1)

    def __str__(self) -> str:
        return f"[{', '.join(['n', *map(str, self.shape)])}]"


TOKEN_IDS = Signal((Steps(),))
