"""Functions of one signal without parameters: activations, and dropout."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from autograder.blueprint.composition import Chain
from autograder.blueprint.layer import Activations, Layer, Misconception, Mistake
from autograder.errors import AssignmentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograder.blueprint.layer import Run
    from autograder.blueprint.parameter import Array
    from autograder.blueprint.signal import Signal

NO_RELU = Misconception("no-relu", "has no ReLU; the handout puts one behind each of these layers")
TANH = Misconception("tanh-instead-of-relu", "uses tanh where the handout asks for ReLU")


class _Function(Layer):
    """A layer that keeps the shape of its signal."""

    def output(self, signal: Signal, /) -> Signal:
        return signal

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        return x.with_values(self.apply(x.values))

    @property
    def is_activation(self) -> bool:
        return True

    @abstractmethod
    def apply(self, values: Array) -> Array:
        """The function, of values [n, ..., c]."""


@dataclass(frozen=True)
class ReLU(_Function):
    """``max(0, x)``. In front of or behind a maximum over time makes no difference."""

    @property
    def words(self) -> str:
        return "ReLU"

    @property
    def omission(self) -> str:
        return "ReLU"

    def apply(self, values: Array) -> Array:
        return np.maximum(values, 0.0)

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        yield Mistake(NO_RELU, Chain())
        yield Mistake(TANH, Tanh())


@dataclass(frozen=True)
class Tanh(_Function):
    """The hyperbolic tangent."""

    @property
    def words(self) -> str:
        return "tanh"

    def apply(self, values: Array) -> Array:
        return np.tanh(values)


@dataclass(frozen=True)
class Sigmoid(_Function):
    """``1 / (1 + exp(-x))``."""

    @property
    def words(self) -> str:
        return "sigmoid"

    def apply(self, values: Array) -> Array:
        return (1.0 + np.tanh(values / 2)) / 2  # the same number, without overflow


@dataclass(frozen=True)
class LogSoftmax(_Function):
    """Logarithm of the softmax over the last axis."""

    @property
    def words(self) -> str:
        return "log-softmax"

    def apply(self, values: Array) -> Array:
        shifted = values - values.max(axis=-1, keepdims=True)
        logarithm: Array = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        return logarithm


@dataclass(frozen=True)
class Softmax(_Function):
    """Softmax over the last axis."""

    @property
    def words(self) -> str:
        return "softmax"

    def apply(self, values: Array) -> Array:
        return np.exp(LogSoftmax().apply(values))


@dataclass(frozen=True)
class OverBatch(Layer):
    """A function of a vector, applied to each feature's values in the batch: a mistake."""

    function: Layer

    @property
    def words(self) -> str:
        return f"{self.function.words} over the batch"

    @property
    def mixes_examples(self) -> bool:
        return True

    def output(self, signal: Signal, /) -> Signal:
        return signal

    def forward(self, x: Activations, run: Run, /) -> Activations:
        across = self.function.forward(x.with_values(x.values.T), run)
        return x.with_values(across.values.T)


@dataclass(frozen=True)
class Dropout(Layer):
    """Inverted dropout: zero with probability ``rate``, else divided by ``1 - rate``; active in training alone."""

    rate: float

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise AssignmentError(f"Dropout takes a rate of at least 0 and less than 1, not {self.rate}")

    @property
    def words(self) -> str:
        return f"dropout of {self.rate:g}"

    def output(self, signal: Signal, /) -> Signal:
        return signal

    def forward(self, x: Activations, run: Run, /) -> Activations:
        if run.dropout_rng is None:
            return x
        kept = run.dropout_rng.random(x.values.shape) >= self.rate
        return x.with_values(x.values * kept / (1 - self.rate))
