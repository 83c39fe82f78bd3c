"""Pooling over windows: a sequence or an image to a smaller one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from autograder.blueprint.composition import Chain
from autograder.blueprint.image import SWAPPED, Size, pair, swapped
from autograder.blueprint.layer import Activations, Layer, Misconception, MisfitError, Mistake
from autograder.blueprint.signal import Signal, SignalKind
from autograder.errors import AssignmentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from autograder.blueprint.layer import Run
    from autograder.blueprint.parameter import Array

NO_POOLING = Misconception("no-pooling", "doesn't pool over windows; the handout does")
STRIDE = Misconception(
    "stride-instead-of-pooling", "takes steps of several places (strides) where the handout pools over windows"
)
AVERAGE_IN_FRONT = Misconception(
    "average-before-activation",
    "averages over each window in front of the activation; the handout asks for the maximum, which may stand on either"
    " side of it",
)
IN_FRONT = Misconception(
    "pooling-before-activation",
    "averages over each window in front of the activation; the handout asks for the average behind it",
)
ROUNDS_UP = Misconception(
    "pooling-rounds-up",
    "pools what is left over at the end of an odd size too (same padding in Keras, ceil_mode in PyTorch); the handout's"
    " pooling leaves it out",
)


class Rule(StrEnum):
    """Which number is made of a window."""

    MAXIMUM = "maximum"
    AVERAGE = "average"
    FIRST = "first number"


@dataclass(frozen=True)
class Windows(Layer):
    """One number for each window; windows stand side by side. One of a sequence counts as a word if it holds one.

    Args:
        sizes: Of a window: steps of a sequence, or height and width in an image.
        rule: Which number.
        rounds_up: Whether an incomplete window at the end counts, with what there is of it, as in PyTorch's
            ``ceil_mode`` (at size 2 Keras' same padding does the same). Neither framework does so by default.
    """

    sizes: tuple[int, ...]
    rule: Rule
    rounds_up: bool = False

    @property
    def words(self) -> str:
        return f"{self.rule} over windows of {self._window}"

    @property
    def omission(self) -> str:
        return "pooling"

    @property
    def in_front(self) -> Mistake | None:
        if set(self.sizes) == {1} or self.rule is Rule.FIRST:
            return None
        if self.rule is Rule.MAXIMUM:  # which is the same on both sides
            return Mistake(AVERAGE_IN_FRONT, Windows(self.sizes, Rule.AVERAGE, self.rounds_up))
        return Mistake(IN_FRONT, self)

    def output(self, signal: Signal, /) -> Signal:
        kind = SignalKind.SEQUENCE if len(self.sizes) == 1 else SignalKind.IMAGE
        *axes, channels = self.take(signal, kind).shape
        up = [size - 1 if self.rounds_up else 0 for size in self.sizes]
        left = [(axis + more) // size for axis, more, size in zip(axes, up, self.sizes, strict=True)]
        if any(isinstance(axis, int) and axis < 1 for axis in left):
            raise MisfitError(f"{self.title} has windows of {self._window}, but gets {signal}")
        return Signal((*left, channels))

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        steps = x.values.shape[1]
        if steps < self.sizes[0] and not self.rounds_up:  # an image's size is known beforehand
            raise AssignmentError(f"{self.title} has windows of {self._window}, but the sequences have {steps} steps")
        return Activations(self._pool(x.values), None if x.mask is None else self._words(x.mask))

    def _words(self, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        held: npt.NDArray[np.bool_] = reduce(np.maximum, self._places(mask[:, :, None].astype(np.float64), 0.0)) > 0
        return held[:, :, 0]

    def _pool(self, values: Array) -> Array:
        if self.rule is Rule.MAXIMUM:
            return reduce(np.maximum, self._places(values, -np.inf))
        if self.rule is Rule.FIRST:
            return self._places(values, 0.0)[0]
        ones = np.ones((1, *values.shape[1:-1], 1))
        return reduce(np.add, self._places(values, 0.0)) / reduce(np.add, self._places(ones, 0.0))

    def _places(self, values: Array, fill: float) -> list[Array]:
        """The first number of every window, the second number of every window, and so on."""
        axes = list(zip(values.shape[1:], self.sizes, strict=False))
        if self.rounds_up:
            gaps = [(0, -axis % size) for axis, size in axes]
            values = np.pad(values, ((0, 0), *gaps, (0, 0)), constant_values=fill)
            axes = list(zip(values.shape[1:], self.sizes, strict=False))
        starts = product(*(range(size) for size in self.sizes))
        return [
            values[:, *(slice(at, axis - axis % size, size) for at, (axis, size) in zip(start, axes, strict=True))]
            for start in starts
        ]

    @property
    def _window(self) -> str:
        return " × ".join(map(str, self.sizes))

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        if set(self.sizes) == {1}:
            return
        if self.rule is Rule.MAXIMUM:
            says = "averages over each window; the handout asks for the maximum"
            yield Mistake(Misconception("average-pooling", says), Windows(self.sizes, Rule.AVERAGE, self.rounds_up))
        else:
            says = "takes the maximum of each window; the handout asks for the average"
            yield Mistake(Misconception("max-pooling", says), Windows(self.sizes, Rule.MAXIMUM, self.rounds_up))
        yield Mistake(STRIDE, Windows(self.sizes, Rule.FIRST, rounds_up=True))
        yield Mistake(ROUNDS_UP, Windows(self.sizes, self.rule, rounds_up=True))
        yield Mistake(NO_POOLING, Chain())
        if len(set(self.sizes)) > 1:
            yield Mistake(SWAPPED, swapped(self))


@dataclass(frozen=True, init=False)
class MaxPool1D(Windows):
    """The maximum of each window of a sequence; steps that fill no window are left out."""

    def __init__(self, size: int = 2) -> None:
        super().__init__((size,), Rule.MAXIMUM)


@dataclass(frozen=True, init=False)
class AveragePool1D(Windows):
    """The mean of each window of a sequence; steps that fill no window are left out."""

    def __init__(self, size: int = 2) -> None:
        super().__init__((size,), Rule.AVERAGE)


@dataclass(frozen=True, init=False)
class MaxPool2D(Windows):
    """The maximum of each window of an image; rows and columns that fill no window are left out."""

    def __init__(self, size: Size = 2) -> None:
        super().__init__(pair(size), Rule.MAXIMUM)


@dataclass(frozen=True, init=False)
class AveragePool2D(Windows):
    """The mean of each window of an image; rows and columns that fill no window are left out."""

    def __init__(self, size: Size = 2) -> None:
        super().__init__(pair(size), Rule.AVERAGE)
