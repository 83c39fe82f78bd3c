"""The 1-D convolution over time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from autograder.blueprint.composition import Chain
from autograder.blueprint.initializers import GLOROT_UNIFORM, Initializer
from autograder.blueprint.layer import Activations, Layer, Misconception, Mistake, Resized
from autograder.blueprint.parameter import REVERSED_3, Parameter, bias
from autograder.blueprint.signal import Signal, SignalKind
from autograder.errors import AssignmentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from autograder.blueprint.framework import Framework
    from autograder.blueprint.layer import Run

Padding = Literal["valid", "same", "half", "causal", "full"]

NO_BIAS = Misconception("no-bias", "has convolutions without a bias; the handout's have one")
SAME_WIDTH = Misconception(
    "same-width-everywhere", "uses the first width in every branch; the handout gives each branch a width of its own"
)
RESHAPED = Misconception(
    "reshape-instead-of-transpose",
    "reshapes [n, t, c] to [n, c, t] before the convolution, which mixes up time and features; the axes have to be"
    " transposed (permuted)",
)
NO_PADDING = Misconception("no-padding", "doesn't pad the sequence before the convolution; the handout does")
PADDED: dict[Padding, Misconception] = {
    "same": Misconception(
        "same-padding", "pads the sequence so that the convolution keeps its length; the handout's doesn't pad"
    ),
    "half": Misconception(
        "same-padding", "pads the sequence by half the width on both sides; the handout's convolution doesn't pad"
    ),
    "causal": Misconception(
        "causal-padding", "pads the start of the sequence (causal padding); the handout's convolution doesn't pad"
    ),
    "full": Misconception(
        "full-padding", "pads both ends of the sequence by the width less one; the handout's convolution doesn't pad"
    ),
}


@dataclass(frozen=True)
class Conv1D(Layer):
    """A convolution over time with stride 1, as both frameworks compute it (no flip of the kernel).

    A step that comes out counts as a word to what stands behind if it was one or, under ``valid``, if the kernel covers
    words alone (padding being at the end: if it ends in a word). Keras' own layer destroys its mask, with a warning:
    for what it then makes of the padding, what stands behind is declared with ``skip_padding=False``.

    Args:
        name: Name of the layer.
        filters: Features of the output.
        width: Time steps that the kernel covers.
        padding: Zeros put around the sequence. ``same`` keeps the length; an even width has the odd zero at the end,
            in Keras as in PyTorch. ``half`` is PyTorch's ``padding=width // 2``, one step longer at even widths.
        use_bias: Whether the layer adds a bias.
        initializer: How the handout asks for the kernel to be drawn; the bias starts at zero.
    """

    name: str
    filters: int
    width: int
    padding: Padding = "valid"
    use_bias: bool = True
    initializer: Initializer = GLOROT_UNIFORM

    @property
    def words(self) -> str:
        extra = ("" if self.padding == "valid" else f", {self.padding} padding") + (
            "" if self.use_bias else ", no bias"
        )
        return f"1-D convolution, {self.filters} filters of width {self.width}{extra}"

    def output(self, signal: Signal, /) -> Signal:
        steps, _ = self.take(signal, SignalKind.SEQUENCE).shape
        return Signal((steps + (sum(self._zeros()) - self.width + 1), self.filters))

    def parameters(self, signal: Signal, _framework: Framework, /) -> tuple[Parameter, ...]:
        shape = (self.width, signal.features, self.filters)
        kernel = Parameter(f"{self.name}.kernel", shape, REVERSED_3, ("width", "in", "out"), self.initializer)
        return (kernel, bias(self.name, self.filters)) if self.use_bias else (kernel,)

    def forward(self, x: Activations, run: Run, /) -> Activations:
        kernel = run.weights[f"{self.name}.kernel"]  # [width, in, out]
        values = np.pad(x.values, ((0, 0), self._zeros(), (0, 0)))
        n, padded, _ = values.shape
        steps = padded - self.width + 1
        if steps < 1:
            raise AssignmentError(f"{self.title} has width {self.width}, but the sequences have only {padded} steps")
        flat = values.reshape(n * padded, values.shape[2])
        result = np.zeros((n, steps, self.filters))
        for offset, tap in enumerate(kernel):  # one large product for each position in the kernel
            result += (flat @ tap).reshape(n, padded, self.filters)[:, offset : offset + steps]
        return Activations(result + run.weights[f"{self.name}.bias"] if self.use_bias else result, self._words(x.mask))

    def _words(self, mask: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.bool_] | None:
        """Which steps still count: those of words or, without padding of the sequence, those that see words alone."""
        if mask is None or self.padding in {"half", "full"}:
            return None
        return mask[:, self.width - 1 :] if self.padding == "valid" else mask

    def _zeros(self) -> tuple[int, int]:
        gap = self.width - 1
        return {
            "valid": (0, 0),
            "same": (gap // 2, gap - gap // 2),
            "half": (self.width // 2, self.width // 2),
            "causal": (gap, 0),
            "full": (gap, gap),
        }[self.padding]

    def mistakes(self, peers: Sequence[Layer], /) -> Iterator[Mistake]:
        if self.padding == "valid":
            for padding, misconception in PADDED.items():
                yield Mistake(misconception, replace(self, padding=padding))
        else:
            yield Mistake(NO_PADDING, replace(self, padding="valid"))
        if self.use_bias:
            yield Mistake(NO_BIAS, replace(self, use_bias=False))
        widths = [peer.width for peer in peers if isinstance(peer, Conv1D)]
        if len(set(widths)) > 1:
            yield Mistake(SAME_WIDTH, replace(self, width=widths[0]))
        yield Mistake(RESHAPED, Chain(_Reshape(), self))

    def resized(self, axis: str, wanted: int, found: int, /) -> Resized | None:
        return Resized("filters", wanted, found) if axis in {"out", "size"} else None

    def hint(self, axis: str, wanted: int, found: int, /) -> str:
        return {
            "width": f"the kernel of {self.name} covers {wanted} time steps, not {found}",
            "in": "the input features of a convolution are those of the layer before it, not the number of time steps",
            "out": "the output features of a convolution are its number of filters",
        }[axis]


@dataclass(frozen=True)
class _Reshape(Layer):
    """[n, t, c] read in the same order as [n, c, t], then seen as a sequence of t steps again: a mistake."""

    @property
    def words(self) -> str:
        return "axes mixed up by a reshape"

    def output(self, signal: Signal, /) -> Signal:
        return self.take(signal, SignalKind.SEQUENCE)

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        n, steps, features = x.values.shape
        return x.with_values(x.values.reshape(n, features, steps).transpose(0, 2, 1))
