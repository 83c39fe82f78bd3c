"""Pooling over time: a sequence to a vector."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from autograder.blueprint.composition import Chain
from autograder.blueprint.layer import Activations, Layer, Misconception, Mistake
from autograder.blueprint.signal import Signal, SignalKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from autograder.blueprint.layer import Run
    from autograder.blueprint.parameter import Array

PADDING_COUNTS = Misconception(
    "pools-over-padding", "pools over the padding as well; the handout's model pools over the words alone"
)
PADDING_AS_ZEROS = Misconception(
    "pools-over-zeros",
    "sets padding to zero, but then lets these zeros count as steps; the handout's model pools over the words alone",
)
AVERAGE_IN_FRONT = Misconception(
    "average-before-activation",
    "averages over time in front of the activation; the handout asks for the maximum, which may stand on either side of"
    " it",
)
IN_FRONT = Misconception(
    "pooling-before-activation",
    "averages over time in front of the activation; the handout asks for the average behind it",
)
SUM = Misconception("sum-pooling", "adds up the words' vectors; the handout asks for their average")


@dataclass(frozen=True)
class _Pooling(Layer):
    """What all poolings over time share; a subclass says which number it keeps of each feature.

    Args:
        skip_padding: Whether to leave out the steps that are padding; a text without words then gives zeros.
    """

    skip_padding: bool = False

    asked: ClassVar[str]  # what the handout asks for, in a sentence
    called: ClassVar[str]  # in a table

    @property
    def words(self) -> str:
        return f"{self.called}, without the padding" if self.skip_padding else self.called

    @property
    def heeds_padding(self) -> bool:
        return self.skip_padding

    def output(self, signal: Signal, /) -> Signal:
        return Signal((self.take(signal, SignalKind.SEQUENCE).features,))

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        if not self.skip_padding or x.mask is None:
            return Activations(self.pool(x.values))
        return Activations(np.where(x.mask.any(axis=1, keepdims=True), self.pool_words(x.values, x.mask), 0.0))

    def split_pooling(self) -> tuple[Layer, Layer] | None:
        return Chain(), self

    @abstractmethod
    def pool(self, values: Array) -> Array:
        """[n, t, c] to [n, c]."""

    @abstractmethod
    def pool_words(self, values: Array, mask: npt.NDArray[np.bool_]) -> Array:
        """The same of the steps where the mask is True; anything where there is none."""

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        others = {
            "max-pooling": ("takes the maximum over time", GlobalMaxPool1D(self.skip_padding)),
            "average-pooling": ("averages over time", GlobalAveragePool1D(self.skip_padding)),
            "last-step-pooling": ("takes the last time step", LastStep(self.skip_padding)),
        }
        for key, (does, other) in others.items():
            if type(other) is not type(self):
                yield Mistake(Misconception(key, f"{does}; the handout asks for {self.asked}"), other)
        if self.skip_padding:
            yield Mistake(PADDING_COUNTS, replace(self, skip_padding=False))
            yield Mistake(PADDING_AS_ZEROS, Chain(_ZeroPadding(), replace(self, skip_padding=False)))


@dataclass(frozen=True)
class GlobalMaxPool1D(_Pooling):
    """The maximum over all time steps, or over those that aren't padding."""

    asked = "the maximum"
    called = "maximum over time"

    @property
    def in_front(self) -> Mistake:
        return Mistake(AVERAGE_IN_FRONT, GlobalAveragePool1D(self.skip_padding))  # a maximum is the same on both sides

    def pool(self, values: Array) -> Array:
        pooled: Array = values.max(axis=1)
        return pooled

    def pool_words(self, values: Array, mask: npt.NDArray[np.bool_]) -> Array:
        return self.pool(np.where(mask[:, :, None], values, -np.inf))


@dataclass(frozen=True)
class GlobalAveragePool1D(_Pooling):
    """The mean over all time steps, or over those that aren't padding."""

    asked = "the average"
    called = "average over time"

    @property
    def in_front(self) -> Mistake:
        return Mistake(IN_FRONT, self)

    def pool(self, values: Array) -> Array:
        pooled: Array = values.mean(axis=1)
        return pooled

    def pool_words(self, values: Array, mask: npt.NDArray[np.bool_]) -> Array:
        total = np.where(mask[:, :, None], values, 0.0).sum(axis=1)
        mean: Array = total / np.maximum(mask.sum(axis=1, keepdims=True), 1)
        return mean

    def mistakes(self, peers: Sequence[Layer], /) -> Iterator[Mistake]:
        yield from super().mistakes(peers)
        if self.skip_padding:
            yield Mistake(SUM, Total(skip_padding=True))


@dataclass(frozen=True)
class LastStep(_Pooling):
    """The last time step, be it padding or not, or the last that isn't padding."""

    asked = "the last time step"
    called = "last time step"

    def pool(self, values: Array) -> Array:
        last: Array = values[:, -1]
        return last

    def pool_words(self, values: Array, mask: npt.NDArray[np.bool_]) -> Array:
        steps = mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)
        last: Array = values[np.arange(len(values)), steps]
        return last


@dataclass(frozen=True)
class FirstStep(_Pooling):
    """The first time step."""

    asked = "the first time step"
    called = "first time step"

    def pool(self, values: Array) -> Array:
        first: Array = values[:, 0]
        return first

    def pool_words(self, values: Array, mask: npt.NDArray[np.bool_]) -> Array:
        first: Array = values[np.arange(len(values)), mask.argmax(axis=1)]
        return first


@dataclass(frozen=True)
class Total(_Pooling):
    """The sum over all time steps, or over those that aren't padding: a mistake."""

    asked = "the sum"
    called = "sum over time"

    def pool(self, values: Array) -> Array:
        total: Array = values.sum(axis=1)
        return total

    def pool_words(self, values: Array, mask: npt.NDArray[np.bool_]) -> Array:
        return self.pool(np.where(mask[:, :, None], values, 0.0))


@dataclass(frozen=True)
class _ZeroPadding(Layer):
    """Zeros where the padding is, which then counts like any other step: a part of mistakes."""

    @property
    def words(self) -> str:
        return "padding set to zero"

    def output(self, signal: Signal, /) -> Signal:
        return self.take(signal, SignalKind.SEQUENCE)

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        return x if x.mask is None else x.with_values(np.where(x.mask[:, :, None], x.values, 0.0))
