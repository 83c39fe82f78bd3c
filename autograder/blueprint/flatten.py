"""From images to vectors: flattened, or pooled as a whole."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.blueprint.layer import Activations, Layer, Misconception, Mistake
from autograder.blueprint.signal import Signal, SignalKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograder.blueprint.layer import Run


@dataclass(frozen=True)
class Flatten(Layer):
    """All numbers of an image in one vector: the channels of the first pixel, then of the one to its right.

    That is Keras' order; PyTorch flattens channel by channel. The order makes no difference to what can be learned, and
    none here: a layer behind it knows the image (``Signal.image``), and weights are matched in either order.
    """

    @property
    def words(self) -> str:
        return "flatten"

    def output(self, signal: Signal, /) -> Signal:
        image = tuple(axis for axis in self.take(signal, SignalKind.IMAGE).shape if isinstance(axis, int))
        return Signal((math.prod(image),), image)

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        return x.with_values(x.values.reshape(len(x.values), math.prod(x.values.shape[1:])))

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        # Both have the same parameters, so the words that come first must be true of the second too.
        says = "pools over the whole image where the handout flattens it"
        yield Mistake(Misconception("global-pooling", says), GlobalAveragePool2D())
        says = "takes the maximum over the whole image where the handout flattens it"
        yield Mistake(Misconception("global-pooling", says), GlobalMaxPool2D())


class _GlobalPool2D(Layer):
    """What both poolings over a whole image share."""

    def output(self, signal: Signal, /) -> Signal:
        return Signal((self.take(signal, SignalKind.IMAGE).features,))


_FLATTENED = Mistake(
    Misconception("flatten", "flattens the image where the handout pools over all of it"),
    Flatten(),
)


@dataclass(frozen=True)
class GlobalMaxPool2D(_GlobalPool2D):
    """The maximum over height and width."""

    @property
    def words(self) -> str:
        return "maximum over the image"

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        return x.with_values(x.values.max(axis=(1, 2)))

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        says = "averages over the image; the handout asks for the maximum"
        yield Mistake(Misconception("average-pooling", says), GlobalAveragePool2D())
        yield _FLATTENED


@dataclass(frozen=True)
class GlobalAveragePool2D(_GlobalPool2D):
    """The mean over height and width."""

    @property
    def words(self) -> str:
        return "average over the image"

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        return x.with_values(x.values.mean(axis=(1, 2)))

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        says = "takes the maximum over the image; the handout asks for the average"
        yield Mistake(Misconception("max-pooling", says), GlobalMaxPool2D())
        yield _FLATTENED
