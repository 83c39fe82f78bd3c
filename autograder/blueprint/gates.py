"""The weights of a recurrent layer: which arrays hold them, in each framework and in the forms that students write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations
from typing import TYPE_CHECKING, Literal

import numpy as np

from autograder.blueprint.framework import Framework
from autograder.blueprint.initializers import (
    GLOROT_UNIFORM,
    ZEROS,
    BiasProbe,
    ForgetGateOne,
    HiddenUniform,
    Initializer,
    KernelProbe,
    Orthogonal,
)
from autograder.blueprint.parameter import REVERSED_2, SAME_ORDER, VECTOR, Parameter, in_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autograder.blueprint.cells import Biases, Cell
    from autograder.blueprint.parameter import Array, Weights

Joined = Literal["no", "input first", "state first"]

BIAS_PROBE = BiasProbe(1.0)  # less than elsewhere: saturated gates hide what comes in


@dataclass(frozen=True)
class Form:
    """How the weights of a cell are held; as each framework's own layer holds them, unless stated otherwise.

    Args:
        biases: How the biases are held; None as the framework's own layer holds them.
        joined: One matrix for input and state, its rows in this order, and one bias; ``no`` for two matrices.
        by_gate: Whether each gate has arrays of its own.
        order: The gates in the order in which they stand side by side; empty for the cell's own.
    """

    biases: Biases | None = None
    joined: Joined = "no"
    by_gate: bool = False
    order: str = ""

    def alternatives(self, cell: Cell) -> Iterator[Form]:
        """Forms in which students write the same cell by hand: of a plain form with other arrays, then with the same.

        Arrays of the same shapes are told apart by what the model computes.
        """
        if self == Form():
            yield from (replace(self, biases=biases) for biases in cell.bias_forms)
            if len(cell.gates) > 1:
                yield from (replace(self, biases=biases, by_gate=True) for biases in cell.bias_forms[::-1])
            if cell.one_product:
                by_gate = (False, True) if len(cell.gates) > 1 else (False,)
                yield from (replace(self, biases="one", joined="input first", by_gate=b) for b in by_gate)
        rows: tuple[Joined, ...] = ("no",) if self.joined == "no" else ("input first", "state first")
        for order in map("".join, permutations(cell.gates)):
            for joined in rows:
                yield replace(self, order=order if order != cell.gates else "", joined=joined)


PLAIN = Form()


@dataclass(frozen=True)
class GateWeights:
    """Arrays of a cell, gates side by side in its own order.

    Attributes:
        kernel: [in, gates * units].
        recurrent: [units, gates * units].
        bias: [gates * units], added to the product with the input.
        recurrent_bias: [gates * units], added to the product with the state.
    """

    kernel: Array
    recurrent: Array
    bias: Array
    recurrent_bias: Array

    def in_blocks(self, order: tuple[int, ...]) -> GateWeights:
        """The same with the gates in another order."""
        return GateWeights(
            in_blocks(self.kernel, order),
            in_blocks(self.recurrent, order),
            in_blocks(self.bias, order),
            in_blocks(self.recurrent_bias, order),
        )


@dataclass(frozen=True)
class GateTable:
    """The arrays that hold a cell's weights.

    Args:
        name: Name of the layer.
        cell: What the layer computes.
        units: Features of its state.
        form: How the weights are held.
        use_bias: Whether there are biases.
    """

    name: str
    cell: Cell
    units: int
    form: Form = PLAIN
    use_bias: bool = True

    def _biases(self, framework: Framework) -> Biases:
        return (self.form.biases or self.cell.biases[framework]) if self.use_bias else "none"

    def _parts(self) -> dict[str, int]:
        """What the names of the arrays begin with, and how many gates each holds."""
        if self.form.by_gate:
            return {f"{self.name}.{gate}": 1 for gate in self.cell.gates}
        return {self.name: len(self.cell.gates)}

    def parameters(self, features: int, framework: Framework, initializer: Initializer | None) -> tuple[Parameter, ...]:
        """The arrays in the order in which both frameworks' own layers register them."""
        kernel, recurrent, bias = self._start(framework)
        starts = initializer or kernel, initializer or recurrent
        found: list[Parameter] = []
        for part, gates in self._parts().items():
            found += self._kernels(part, features, gates, starts)
            found += self._vectors(part, gates, framework, bias)
        return tuple(found)

    def _kernels(
        self, part: str, features: int, gates: int, starts: tuple[Initializer, Initializer]
    ) -> Iterator[Parameter]:
        rows = {"kernel": ("in", features), "recurrent_kernel": ("hidden", self.units)}
        if self.form.joined != "no":
            rows = {"kernel": ("in and hidden", features + self.units)}
        for (role, (axis, size)), start in zip(rows.items(), starts, strict=False):
            shape, names = (size, gates * self.units), (axis, "gate outputs")
            probe = KernelProbe(self.cell.gain)
            yield Parameter(f"{part}.{role}", shape, REVERSED_2, names, start, probe, self._blocks(gates))

    def _vectors(self, part: str, gates: int, framework: Framework, start: Initializer) -> Iterator[Parameter]:
        width, blocks = gates * self.units, self._blocks(gates)
        biases = self._biases(framework)
        if biases == "stacked":
            names = "rows", "gate outputs"
            yield Parameter(f"{part}.bias_pair", (2, width), SAME_ORDER, names, start, BIAS_PROBE, blocks)
        for role in {"one": ["bias"], "two": ["bias", "recurrent_bias"]}.get(biases, []):
            yield Parameter(f"{part}.{role}", (width,), VECTOR, (), start, BIAS_PROBE, blocks)

    def _blocks(self, gates: int) -> Mapping[Framework, tuple[int, ...]]:
        """The order of the gates that stand side by side, where PyTorch's isn't Keras'."""
        own, torch = self.cell.gates, self.cell.torch_gates
        return {Framework.TORCH: tuple(own.index(gate) for gate in torch)} if gates > 1 and own != torch else {}

    def held(self, framework: Framework) -> str:
        """The biases, and the order of the gates where the frameworks' own layers differ in it, in words."""
        gates, order = len(self.cell.gates), self._order(framework)
        details = [self._biases_in_words(framework), f"gates in the order {', '.join(order)}" if order else ""]
        if self.form.by_gate:
            details = [f"each of the {gates} gates by itself", *details]
        if self.form.joined != "no":
            details = ["one matrix for input and state", *details]
        return ", ".join(filter(None, details))

    def _biases_in_words(self, framework: Framework) -> str:
        gates = 1 if self.form.by_gate else len(self.cell.gates)
        size = f"{gates * self.units:,}" + (f" ({gates} gates of {self.units:,})" if gates > 1 else "")
        sums = ", of which only the sum counts" if "one" in self.cell.bias_forms else ""
        return {
            "none": "no bias",
            "one": f"one bias vector of {size}",
            "two": f"two bias vectors of {size}{sums}",
            "stacked": f"two bias vectors of {size} as the rows of one array",
        }[self._biases(framework)]

    def _order(self, framework: Framework) -> str:
        if self.form != PLAIN or self.cell.gates == self.cell.torch_gates:
            return ""
        return self.cell.gates if framework is Framework.KERAS else self.cell.torch_gates

    def _start(self, framework: Framework) -> tuple[Initializer, Initializer, Initializer]:
        """How the framework itself draws kernel, recurrent kernel and biases."""
        if framework is Framework.TORCH:
            return (HiddenUniform(self.units),) * 3
        return GLOROT_UNIFORM, Orthogonal(), ForgetGateOne() if self.cell.gates == "ifgo" else ZEROS

    def read(self, weights: Mapping[str, Array]) -> GateWeights:
        """The weights from the arrays that hold them."""
        parts = [self._read(weights, part, gates * self.units) for part, gates in self._parts().items()]
        whole = GateWeights(
            np.concatenate([part.kernel for part in parts], axis=-1),
            np.concatenate([part.recurrent for part in parts], axis=-1),
            np.concatenate([part.bias for part in parts]),
            np.concatenate([part.recurrent_bias for part in parts]),
        )
        return whole.in_blocks(tuple(self.form.order.index(gate) for gate in self.cell.gates if self.form.order))

    def _read(self, weights: Mapping[str, Array], part: str, width: int) -> GateWeights:
        kernel, none = weights[f"{part}.kernel"], np.zeros(width)
        biases = weights.get(f"{part}.bias_pair")
        if biases is None:
            biases = np.stack([weights.get(f"{part}.bias", none), weights.get(f"{part}.recurrent_bias", none)])
        if not self.use_bias:
            biases = np.stack([none, none])
        if self.form.joined == "no":
            return GateWeights(kernel, weights[f"{part}.recurrent_kernel"], *biases)
        if self.form.joined == "state first":
            return GateWeights(kernel[self.units :], kernel[: self.units], *biases)
        return GateWeights(kernel[: -self.units], kernel[-self.units :], *biases)

    def carry_over(self, weights: Mapping[str, Array], framework: Framework) -> Weights:
        """The arrays of this table, from those that either framework's own layer has.

        Where one bias becomes two, each is half of it, so that both matter.
        """
        plain = replace(self, form=PLAIN).read(weights)
        signs = np.repeat([-1.0 if sign == "-" else 1.0 for sign in self.cell.signs], self.units)
        bias, recurrent_bias, form = plain.bias, plain.recurrent_bias, self._biases(framework)
        if form == "one":
            bias = bias + recurrent_bias
        elif form == "two" and "one" in self.cell.bias_forms:
            bias = recurrent_bias = (bias + recurrent_bias) / 2
        signed = GateWeights(plain.kernel * signs, plain.recurrent * signs, bias * signs, recurrent_bias * signs)
        return self._write(signed.in_blocks(tuple(self.cell.gates.index(gate) for gate in self.form.order)))

    def _write(self, weights: GateWeights) -> Weights:
        """Every array that a table may hold."""
        rows = [weights.kernel, weights.recurrent]
        joined = {"no": rows[:1], "input first": rows, "state first": rows[::-1]}[self.form.joined]
        whole = {
            "kernel": np.concatenate(joined),
            "recurrent_kernel": weights.recurrent,
            "bias": weights.bias,
            "recurrent_bias": weights.recurrent_bias,
            "bias_pair": np.stack([weights.bias, weights.recurrent_bias]),
        }
        parts = self._parts()
        return {
            f"{part}.{role}": array
            for role, wide in whole.items()
            for part, array in zip(parts, np.split(wide, len(parts), axis=-1), strict=True)
        }
