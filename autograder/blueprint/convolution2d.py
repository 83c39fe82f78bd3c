"""The 2-D convolution over images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograder.blueprint.composition import Chain
from autograder.blueprint.convolution import NO_BIAS
from autograder.blueprint.image import SWAPPED, Size, ViewAsChannelsFirst, by, pair, swapped
from autograder.blueprint.initializers import GLOROT_UNIFORM, Initializer
from autograder.blueprint.layer import Activations, Layer, Misconception, MisfitError, Mistake, Resized
from autograder.blueprint.parameter import IMAGE_KERNEL, Parameter, bias
from autograder.blueprint.signal import Signal, SignalKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograder.blueprint.framework import Framework
    from autograder.blueprint.layer import Run
    from autograder.blueprint.parameter import Array

SAME = Misconception(
    "same-padding", "pads the images so that a convolution keeps their size; the handout's convolutions don't pad"
)
VALID = Misconception(
    "no-padding", "doesn't pad the images, so that each convolution makes them smaller; the handout's keep the size"
)
VIEWED = Misconception(
    "view-instead-of-permute",
    "reads images [n, h, w, c] as [n, c, h, w] by a view or reshape, which mixes up pixels and channels; the axes have"
    " to be permuted",
)


@dataclass(frozen=True)
class Conv2D(Layer):
    """A convolution over height and width with stride 1, as both frameworks compute it (no flip of the kernel).

    Args:
        name: Name of the layer.
        filters: Channels of the output.
        kernel_size: Height and width of the kernel, or one number for both.
        padding: ``same`` puts zeros around the image so that it keeps its size; where an odd number of rows is needed,
            the odd one comes last, in Keras as in PyTorch.
        use_bias: Whether the layer adds a bias.
        initializer: How the handout asks for the kernel to be drawn; the bias starts at zero.
    """

    name: str
    filters: int
    kernel_size: Size
    padding: Literal["valid", "same"] = "valid"
    use_bias: bool = True
    initializer: Initializer = GLOROT_UNIFORM

    @property
    def words(self) -> str:
        padding = "" if self.padding == "valid" else f", {self.padding} padding"
        no_bias = "" if self.use_bias else ", no bias"
        return f"2-D convolution, {self.filters} filters of {by(self.kernel_size)}{padding}{no_bias}"

    def output(self, signal: Signal, /) -> Signal:
        height, width, _ = self.take(signal, SignalKind.IMAGE).shape
        if self.padding == "same":
            return signal.with_features(self.filters)
        tall, wide = pair(self.kernel_size)
        left = (height + (1 - tall), width + (1 - wide), self.filters)
        if any(isinstance(axis, int) and axis < 1 for axis in left):
            raise MisfitError(f"{self.title} has kernels of {by(self.kernel_size)}, but gets images {signal}")
        return Signal(left)

    def parameters(self, signal: Signal, _framework: Framework, /) -> tuple[Parameter, ...]:
        shape = (*pair(self.kernel_size), signal.features, self.filters)
        names = ("height", "width", "in", "out")
        kernel = Parameter(f"{self.name}.kernel", shape, IMAGE_KERNEL, names, self.initializer)
        return (kernel, bias(self.name, self.filters)) if self.use_bias else (kernel,)

    def forward(self, x: Activations, run: Run, /) -> Activations:
        kernel = run.weights[f"{self.name}.kernel"].reshape(-1, self.filters)  # [h * w * in, out]
        patches = self._patches(x.values)
        result = (patches.reshape(-1, len(kernel)) @ kernel).reshape(*patches.shape[:3], self.filters)
        return x.with_values(result + run.weights[f"{self.name}.bias"] if self.use_bias else result)

    def _patches(self, images: Array) -> Array:
        """What the kernel covers at each place: [n, h, w, height of the kernel, width of the kernel, in]."""
        kernel = pair(self.kernel_size)
        if self.padding == "same":
            gaps = [((size - 1) // 2, size // 2) for size in kernel]
            images = np.pad(images, ((0, 0), *gaps, (0, 0)))
        return sliding_window_view(images, kernel, (1, 2)).transpose(0, 1, 2, 4, 5, 3)

    def mistakes(self, peers: Sequence[Layer], /) -> Iterator[Mistake]:
        tall, wide = pair(self.kernel_size)
        if (tall, wide) != (1, 1):
            other: Literal["valid", "same"] = "same" if self.padding == "valid" else "valid"
            yield Mistake(SAME if other == "same" else VALID, replace(self, padding=other))
        if self.use_bias:
            yield Mistake(NO_BIAS, replace(self, use_bias=False))
        convolutions = [peer for peer in peers if isinstance(peer, Conv2D)]
        yield from self._filters_swapped(convolutions)
        if convolutions[:1] == [self]:
            yield Mistake(VIEWED, Chain(ViewAsChannelsFirst(), self))
        if tall != wide:
            yield Mistake(SWAPPED, swapped(self))

    def _filters_swapped(self, convolutions: Sequence[Conv2D]) -> Iterator[Mistake]:
        asked = [peer.filters for peer in convolutions]
        if asked != asked[::-1] and self in convolutions:
            there, here = (", then ".join(map(str, numbers)) for numbers in (asked[::-1], asked))
            says = f"has convolutions of {there} filters; the handout's have {here}"
            other = asked[::-1][convolutions.index(self)]
            yield Mistake(Misconception("filters-swapped", says), replace(self, filters=other))

    def resized(self, axis: str, wanted: int, found: int, /) -> Resized | None:
        return Resized("filters", wanted, found) if axis in {"out", "size"} else None

    def hint(self, axis: str, _wanted: int, _found: int, /) -> str:
        if axis == "in":
            return (
                "the inputs of a convolution are the channels of what comes before it; the images come as"
                " [n, height, width, channels], which PyTorch's layers need permuted to [n, channels, height, width]"
            )
        if axis == "out":
            return "the output channels of a convolution are its number of filters"
        return f"the kernels of {self.name} are {by(self.kernel_size)}"
