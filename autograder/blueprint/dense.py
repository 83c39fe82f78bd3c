"""The dense (fully connected) layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from autograder.blueprint.framework import Framework
from autograder.blueprint.initializers import GLOROT_UNIFORM, Initializer, OfMatrix
from autograder.blueprint.layer import Activations, Layer, Misconception, Mistake, Resized
from autograder.blueprint.parameter import FLATTENED_KERNEL, REVERSED_2, Parameter, bias
from autograder.blueprint.signal import Signal, SignalKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograder.blueprint.layer import Run


@dataclass(frozen=True)
class Dense(Layer):
    """``x @ kernel + bias``, without an activation.

    Behind a flattened image the kernel is canonically (height, width, channels, units), so that it is the same layer
    in whatever order the student flattens.

    Args:
        name: Name of the layer.
        units: Features of the output.
        use_bias: Whether the layer adds a bias.
        initializer: How the handout asks for the kernel to be drawn; the bias starts at zero.
    """

    name: str
    units: int
    use_bias: bool = True
    initializer: Initializer = GLOROT_UNIFORM

    @property
    def words(self) -> str:
        return f"dense, {self.units} outputs{'' if self.use_bias else ', no bias'}"

    def output(self, signal: Signal, /) -> Signal:
        return self.take(signal, SignalKind.VECTOR).with_features(self.units)

    def parameters(self, signal: Signal, _framework: Framework, /) -> tuple[Parameter, ...]:
        name, shape = f"{self.name}.kernel", (*signal.feature_axes, self.units)
        if signal.image:
            names = ("height", "width", "in", "out")
            kernel = Parameter(name, shape, FLATTENED_KERNEL, names, OfMatrix(self.initializer))
        else:
            kernel = Parameter(name, shape, REVERSED_2, ("in", "out"), self.initializer)
        return (kernel, bias(self.name, self.units)) if self.use_bias else (kernel,)

    def held(self, signal: Signal, framework: Framework, /) -> str:
        if not signal.image:
            return ""
        order = "height, width, channels" if framework is Framework.KERAS else "channels, height, width"
        return f"the flattened image in the order {order}"

    def forward(self, x: Activations, run: Run, /) -> Activations:
        product = x.values @ run.weights[f"{self.name}.kernel"].reshape(-1, self.units)
        return x.with_values(product + run.weights[f"{self.name}.bias"] if self.use_bias else product)

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        if self.use_bias:
            says = f"has no bias in the layer {self.name}; the handout's has one"
            yield Mistake(Misconception(f"no-{self.name}-bias", says), replace(self, use_bias=False))

    def resized(self, axis: str, wanted: int, found: int, /) -> Resized | None:
        return Resized("outputs", wanted, found) if axis in {"out", "size"} else None

    def hint(self, axis: str, wanted: int, found: int, /) -> str:
        if axis == "in" and 0 < found < wanted and wanted % found == 0:
            return f"only one part in {wanted // found} of the features reaches {self.name}"
        if axis == "in" and wanted and found > wanted and found % wanted == 0:
            times = found // wanted
            return (
                f"{self.name} takes {wanted} features, and yours takes {times} times as many: what comes before it is"
                f" that much larger, or {times} time steps, layers or directions are handed on at once"
            )
        if axis == "in":
            return f"{self.name} takes all {wanted} features of what comes before it"
        return f"{self.name} gives {wanted} numbers for each example"
