"""Recurrent layers: LSTM, GRU and the plain one, over the words and not the padding, in one direction or in both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from autograder.blueprint.cells import GRU_CELL, LSTM_CELL, TANH_CELL, Cell
from autograder.blueprint.composition import Chain
from autograder.blueprint.gates import PLAIN, Form, GateTable
from autograder.blueprint.layer import Activations, Alternative, Layer, Misconception, Mistake, Resized
from autograder.blueprint.overtime import OverTime, Returns
from autograder.blueprint.pooling import LastStep
from autograder.blueprint.timesteps import packed, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Self

    from autograder.blueprint.framework import Framework
    from autograder.blueprint.initializers import Initializer
    from autograder.blueprint.layer import Run
    from autograder.blueprint.parameter import Array, Parameter, Weights
    from autograder.blueprint.signal import Signal

Merge = Literal["concat", "sum", "ave", "forward", "backward"]

NO_BIAS = Misconception("no-recurrent-bias", "has a recurrent layer without biases; the handout's has them")
BACKWARDS = Misconception("reads-backwards", "reads the texts from their end to their beginning")
BOTH_DIRECTIONS = Misconception(
    "bidirectional", "reads the texts in both directions; the handout's model reads them forwards only"
)
ONE_DIRECTION = Misconception(
    "one-direction", "reads the texts in one direction only; the handout's model reads them in both"
)
BACKWARD_AT_LAST = Misconception(
    "backward-at-last-step",
    "takes both directions at the last word, where the backward one has read only that word; its last state is at the"
    " first word",
)
_BOTH = "the handout concatenates the last states of both"
MERGED: dict[Merge, Misconception] = {
    "backward": Misconception("backward-direction-alone", f"hands on the backward direction alone, h_n[-1]; {_BOTH}"),
    "forward": Misconception("forward-direction-alone", f"hands on the forward direction alone, h_n[-2]; {_BOTH}"),
    "sum": Misconception("directions-added", f"adds up the last states of both directions; {_BOTH}"),
    "ave": Misconception("directions-averaged", f"averages the last states of both directions; {_BOTH}"),
}
_ONE = "the handout's model reads them forwards only"
ONE_OF_BOTH: dict[Merge, Misconception] = {
    "backward": Misconception(
        "bidirectional-backward-state",
        f"reads the texts in both directions and hands on the state of the backward one, h_n[-1]; {_ONE}",
    ),
    "forward": Misconception(
        "bidirectional-forward-state",
        f"reads the texts in both directions, although it hands on the state of the forward one alone; {_ONE}",
    ),
    "sum": Misconception(
        "bidirectional-added", f"reads the texts in both directions and adds up the last states of both; {_ONE}"
    ),
    "ave": Misconception(
        "bidirectional-averaged", f"reads the texts in both directions and averages the last states of both; {_ONE}"
    ),
}


@dataclass(frozen=True)
class Recurrent(OverTime):
    """A cell that goes over a sequence, from a state of zeros.

    At a step that is padding (by the embedding's mask) the state stays as it is, so that the last state is that of the
    last word, and a text without words has the zero state. A sequence that the layer gives has zeros at padding, as
    PyTorch's packed sequences and Keras' Bidirectional have, and keeps the mask; layers behind it that skip the padding
    never see these zeros.

    Args:
        name: Name of the layer.
        units: Features of the state.
        returns: The last hidden state, the hidden states of all steps, or the last state of the LSTM's cell.
        skip_padding: Whether padding leaves the state as it is.
        backwards: Whether to begin at the end; a sequence stays in the order of the words.
        use_bias: Whether there are biases.
        initializer: How the handout asks for both kernels to be drawn; by default as each framework draws them.
        cell: The formula of a step.
        form: How the weights are held; by default as each framework's own layer holds them.
    """

    name: str
    units: int
    returns: Returns = "last"
    skip_padding: bool = True
    backwards: bool = False
    use_bias: bool = True
    initializer: Initializer | None = None
    cell: Cell = LSTM_CELL
    form: Form = PLAIN

    @property
    def words(self) -> str:
        extra = {"last": "last state", "sequence": "all steps", "cell": "last cell state"}[self.returns]
        details = [
            f"{self.cell.words}, {self.units} units, {extra}",
            "backwards" if self.backwards else "",
            "" if self.use_bias else "no bias",
            "" if self.skip_padding else "padding included",
        ]
        return ", ".join(filter(None, details))

    @property
    def gives(self) -> Returns:
        return self.returns

    @property
    def features(self) -> int:
        return self.units

    @property
    def has_cell_state(self) -> bool:
        return self.cell.states > 1

    @property
    def over_padding(self) -> bool:
        return not self.skip_padding

    def with_(self, *, returns: Returns | None = None, skip_padding: bool | None = None, suffix: str = "") -> Self:
        skip_padding = self.skip_padding if skip_padding is None else skip_padding
        return replace(self, name=self.name + suffix, returns=returns or self.returns, skip_padding=skip_padding)

    @property
    def _table(self) -> GateTable:
        return GateTable(self.name, self.cell, self.units, self.form, self.use_bias)

    def parameters(self, signal: Signal, framework: Framework, /) -> tuple[Parameter, ...]:
        return self._table.parameters(signal.features, framework, self.initializer)

    def held(self, _signal: Signal, framework: Framework, /) -> str:
        return self._table.held(framework)

    def carry_over(self, weights: Mapping[str, Array], framework: Framework, /) -> Weights:
        return self._table.carry_over(weights, framework)

    def forward(self, x: Activations, run: Run, /) -> Activations:
        weights = self._table.read(run.weights)
        n, steps, _ = x.values.shape
        mask = x.mask if self.skip_padding and x.mask is not None else np.ones((n, steps), dtype=bool)
        inputs = packed(x.values, mask) @ weights.kernel + weights.bias  # one product for the words of all steps
        state = np.zeros((self.cell.states, n, self.units))
        outputs = np.zeros((n, steps if self.returns == "sequence" else 0, self.units))
        for step, rows, words in walk(mask, backwards=self.backwards):
            state[:, rows] = self.cell.step(inputs[words], state[:, rows], weights.recurrent, weights.recurrent_bias)
            if self.returns == "sequence":
                outputs[rows, step] = state[0, rows]
        if self.returns == "sequence":
            return x.with_values(outputs)
        return Activations(state[-1 if self.returns == "cell" else 0])

    def mistakes(self, peers: Sequence[Layer], /) -> Iterator[Mistake]:
        yield from super().mistakes(peers)
        if not self.backwards:
            yield Mistake(BACKWARDS, replace(self, backwards=True))
        for misconception, wrong in self.wrong_cells():
            yield Mistake(misconception, wrong)
        yield Mistake(BOTH_DIRECTIONS, Bidirectional(self))
        if self.gives == "last":
            for merge, one in ONE_OF_BOTH.items():
                yield Mistake(one, Bidirectional(self, merge))

    def wrong_cells(self) -> Iterator[tuple[Misconception, Self]]:
        """The mistakes that are made in each direction by itself."""
        for misconception, cell in self.cell.mistakes():
            yield misconception, replace(self, cell=cell)
        if self.use_bias:
            yield NO_BIAS, replace(self, use_bias=False)

    def alternatives(self) -> Iterator[Alternative]:
        for says, equal in self.equals():
            yield Alternative(says, equal)

    def equals(self) -> Iterator[tuple[str, Self]]:
        """The forms in which students write the same layer by hand, each with what it is."""
        for cell in (self.cell, *self.cell.equals()):
            for form in self.form.alternatives(cell):
                yield f"{cell}, {form}", replace(self, cell=cell, form=form)

    def resized(self, axis: str, wanted: int, found: int, /) -> Resized | None:
        gates = len(self.cell.gates)
        if axis == "hidden":
            return Resized("units", wanted, found)
        if axis in {"gate outputs", "size"} and (wanted % gates, found % gates) == (0, 0):
            return Resized("units", wanted // gates, found // gates)
        return None

    def hint(self, axis: str, wanted: int, _found: int, /) -> str:
        gates = len(self.cell.gates)
        state = f"the state of {self.name} has {self.units} features"
        return {
            "in": f"{self.name} takes all {wanted} features of what comes before it",
            "hidden": state,
            "gate outputs": f"{state}, and each of its {gates} gates as many" if gates > 1 else state,
        }.get(axis, "")


@dataclass(frozen=True)
class LSTM(Recurrent):
    """`Recurrent` with the LSTM's cell: Keras has one bias vector, PyTorch two."""


@dataclass(frozen=True)
class GRU(Recurrent):
    """`Recurrent` with the GRU's cell: both frameworks have two bias vectors, Keras as rows of one array."""

    cell: Cell = GRU_CELL


@dataclass(frozen=True)
class SimpleRNN(Recurrent):
    """`Recurrent` with the plain cell: Keras has one bias vector, PyTorch two."""

    cell: Cell = TANH_CELL


@dataclass(frozen=True)
class Bidirectional(OverTime):
    """Two layers over the same words, one in each direction; their states are concatenated.

    The backward one begins at the last word. The last states are the forward one's at the last word and the backward
    one's at the first; a sequence has both at each step.

    Args:
        layer: What goes forwards; the same goes backwards with weights of its own.
        merge: What becomes of the two.
    """

    layer: Recurrent
    merge: Merge = "concat"

    @property
    def name(self) -> str:
        return self.layer.name

    @property
    def words(self) -> str:
        return f"bidirectional {self.layer.words}"

    @property
    def gives(self) -> Returns:
        return self.layer.returns

    @property
    def features(self) -> int:
        return self.layer.units * (2 if self.merge == "concat" else 1)

    @property
    def has_cell_state(self) -> bool:
        return self.layer.has_cell_state

    @property
    def over_padding(self) -> bool:
        return self.layer.over_padding

    def with_(self, *, returns: Returns | None = None, skip_padding: bool | None = None, suffix: str = "") -> Self:
        layer = self.layer.with_(returns=returns, skip_padding=skip_padding, suffix=suffix)
        return replace(self, layer=layer)

    @property
    def directions(self) -> tuple[Recurrent, Recurrent]:
        """The forward layer and the backward one."""
        there = replace(self.layer, name=f"{self.name}.forward")
        return there, replace(there, name=f"{self.name}.backward", backwards=not there.backwards)

    def parameters(self, signal: Signal, framework: Framework, /) -> tuple[Parameter, ...]:
        return tuple(p for direction in self.directions for p in direction.parameters(signal, framework))

    def held(self, signal: Signal, framework: Framework, /) -> str:
        return f"in each direction {self.layer.held(signal, framework)}"

    def carry_over(self, weights: Mapping[str, Array], framework: Framework, /) -> Weights:
        there, back = self.directions
        return there.carry_over(weights, framework) | back.carry_over(weights, framework)

    def forward(self, x: Activations, run: Run, /) -> Activations:
        there, back = (direction.forward(x, run) for direction in self.directions)
        if self.merge == "concat":
            return there.with_values(np.concatenate([there.values, back.values], axis=-1))
        total = there.values + back.values
        merged = {"forward": there.values, "backward": back.values, "sum": total, "ave": total / 2}
        return there.with_values(merged[self.merge])

    def mistakes(self, peers: Sequence[Layer], /) -> Iterator[Mistake]:
        yield from super().mistakes(peers)
        for misconception, wrong in self.layer.wrong_cells():
            yield Mistake(misconception, replace(self, layer=wrong))
        yield Mistake(ONE_DIRECTION, self.layer)
        if self.gives == "last" and self.merge == "concat":
            yield Mistake(BACKWARD_AT_LAST, Chain(self.with_(returns="sequence"), LastStep(skip_padding=True)))
            for merge, misconception in MERGED.items():
                yield Mistake(misconception, replace(self, merge=merge))

    def alternatives(self) -> Iterator[Alternative]:
        for says, equal in self.layer.equals():
            yield Alternative(says, replace(self, layer=equal))

    def resized(self, axis: str, wanted: int, found: int, /) -> Resized | None:
        size = self.layer.resized(axis, wanted, found)
        return size and replace(size, what=f"{size.what} in each direction")

    def hint(self, axis: str, wanted: int, found: int, /) -> str:
        return self.layer.hint(axis, wanted, found)
