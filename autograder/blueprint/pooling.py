"""Pooling over time: a sequence to a vector."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.blueprint.composition import Chain
from autograder.blueprint.layer import Activations, Layer, Misconception, Mistake
from autograder.blueprint.signal import Signal, SignalKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograder.blueprint.layer import Run
    from autograder.blueprint.parameter import Array


class _Pooling(Layer):
    """What all poolings over time share; a subclass says which number it keeps of each feature."""

    asked: str  # how the handout calls it

    def output(self, signal: Signal, /) -> Signal:
        return Signal((self.take(signal, SignalKind.SEQUENCE).features,))

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        return Activations(self.pool(x.values))

    def split_pooling(self) -> tuple[Layer, Layer] | None:
        return Chain(), self

    @abstractmethod
    def pool(self, values: Array) -> Array:
        """[n, t, c] to [n, c]."""


@dataclass(frozen=True)
class GlobalMaxPool1D(_Pooling):
    """The maximum over all time steps."""

    asked = "the maximum"

    @property
    def words(self) -> str:
        return "maximum over time"

    def pool(self, values: Array) -> Array:
        pooled: Array = values.max(axis=1)
        return pooled

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        yield Mistake(_instead("average-pooling", "averages over time", self), GlobalAveragePool1D())
        yield Mistake(_instead("last-step-pooling", "takes the last time step", self), LastStep())


@dataclass(frozen=True)
class GlobalAveragePool1D(_Pooling):
    """The mean over all time steps, padding included."""

    asked = "the average"

    @property
    def words(self) -> str:
        return "average over time"

    def pool(self, values: Array) -> Array:
        pooled: Array = values.mean(axis=1)
        return pooled

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        yield Mistake(_instead("max-pooling", "takes the maximum over time", self), GlobalMaxPool1D())
        yield Mistake(_instead("last-step-pooling", "takes the last time step", self), LastStep())


@dataclass(frozen=True)
class LastStep(_Pooling):
    """The last time step, be it padding or not."""

    asked = "the last time step"

    @property
    def words(self) -> str:
        return "last time step"

    def pool(self, values: Array) -> Array:
        return values[:, -1]

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        yield Mistake(_instead("max-pooling", "takes the maximum over time", self), GlobalMaxPool1D())
        yield Mistake(_instead("average-pooling", "averages over time", self), GlobalAveragePool1D())


def _instead(key: str, does: str, asked: _Pooling) -> Misconception:
    return Misconception(key, f"{does}; the handout asks for {asked.asked}")
