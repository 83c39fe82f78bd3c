"""What convolutions and poolings of images share: sizes, and axes that a student mixes up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from autograder.blueprint.composition import Chain
from autograder.blueprint.layer import Activations, Layer, Misconception
from autograder.blueprint.signal import Signal, SignalKind

if TYPE_CHECKING:
    from autograder.blueprint.layer import Run

Size: TypeAlias = int | tuple[int, int]  # of a kernel or a window: its height and width, or both at once

SWAPPED = Misconception(
    "height-width-swapped",
    "swaps height and width where the handout's kernels or windows aren't square; images are [n, height, width,"
    " channels]",
)


def pair(size: Size) -> tuple[int, int]:
    """Height and width."""
    return (size, size) if isinstance(size, int) else size


def by(size: Size) -> str:
    """A size as people write it: ``3 × 3``."""
    return " × ".join(map(str, pair(size)))


def swapped(layer: Layer) -> Layer:
    """The layer with its height and width swapped, weights as they are.

    Where every kernel and window is square, a model that swaps both axes everywhere is the handout's under another
    layout of its weights, and no mistake.
    """
    return Chain(SwapAxes(), layer, SwapAxes())


@dataclass(frozen=True)
class SwapAxes(Layer):
    """Images [n, h, w, c] as [n, w, h, c]."""

    @property
    def words(self) -> str:
        return "height and width swapped"

    def output(self, signal: Signal, /) -> Signal:
        height, width, channels = self.take(signal, SignalKind.IMAGE).shape
        return Signal((width, height, channels))

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        return x.with_values(x.values.swapaxes(1, 2))


@dataclass(frozen=True)
class ViewAsChannelsFirst(Layer):
    """[n, h, w, c] read in the same order as [n, c, h, w]: every pixel's channels come from other pixels. A mistake."""

    @property
    def words(self) -> str:
        return "axes mixed up by a view"

    def output(self, signal: Signal, /) -> Signal:
        return self.take(signal, SignalKind.IMAGE)

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        n, height, width, channels = x.values.shape
        return x.with_values(x.values.reshape(n, channels, height, width).transpose(0, 2, 3, 1))
