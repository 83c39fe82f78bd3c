"""What a recurrent layer computes at one time step: the formulas of the LSTM, the GRU and the plain recurrent cell."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from autograder.blueprint.framework import Framework
from autograder.blueprint.layer import Misconception

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from autograder.blueprint.parameter import Array

Activation = Literal["tanh", "relu", "linear", "sigmoid", "hard sigmoid"]
Biases = Literal["none", "one", "two", "stacked"]
"""How the biases are held: one vector, one for the input and one for the state, or those two as rows of one array."""

OWN_BIASES: Mapping[Framework, Biases] = {Framework.KERAS: "one", Framework.TORCH: "two"}

LSTM_INSTEAD = Misconception("lstm-instead", "has an LSTM where the handout asks for another recurrent layer")
GRU_INSTEAD = Misconception("gru-instead", "has a GRU where the handout asks for another recurrent layer")
RNN_INSTEAD = Misconception(
    "rnn-instead",
    "has a plain recurrent layer (nn.RNN, SimpleRNN) where the handout asks for one with gates",
)
RELU_ACTIVATION = Misconception(
    "relu-activation", "uses ReLU inside the recurrent layer, where the handout has its usual tanh"
)
TANH_GATES = Misconception("tanh-gates", "uses tanh for the gates, where the handout has the sigmoid")
HARD_SIGMOID_GATES = Misconception(
    "hard-sigmoid-gates",
    "uses Keras' hard_sigmoid for the gates, where the handout has the sigmoid (recurrent_activation)",
)
SIGMOID_ACTIVATION = Misconception(
    "sigmoid-activation", "uses a sigmoid inside the recurrent layer, where the handout has its usual tanh"
)
SIGMOID_CANDIDATE = Misconception(
    "sigmoid-candidate", "uses a sigmoid for what could be remembered (g), where the handout has tanh"
)
NO_FORGET_GATE = Misconception(
    "no-forget-gate", "has no forget gate: c_t = c_{t-1} + i * g; the handout's is f * c_{t-1} + i * g"
)
NO_OUTPUT_TANH = Misconception(
    "no-output-tanh", "leaves out the tanh of the cell state: the hidden state is o * tanh(c), not o * c"
)
RESET_BEFORE = Misconception(
    "reset-before",
    "applies the GRU's reset gate to the state before its matrix product; the handout's applies it to the product"
    " (reset_after=True in Keras, and always in PyTorch)",
)


@dataclass(frozen=True)
class Cell(ABC):
    """One step: from the inputs and the state before it to the state behind it.

    Weights of all gates stand side by side, in the order of ``gates``.

    Attributes:
        words: What the layer is called.
        gates: One letter for each block of the weights, in Keras' order.
        torch_gates: The same in PyTorch's.
        states: Arrays of the state; the hidden state comes first.
        gain: Of the kernels when they are drawn at random: large, for hidden states are small, but not so large that
            rounding errors grow from step to step (over 80 steps they stay below 1e-6 in the logits).
        biases: How each framework's own layer holds the biases.
        bias_forms: How they can be held, the function being the same.
        one_product: Whether one matrix can be applied to input and state together.
    """

    words: ClassVar[str]
    gates: ClassVar[str]
    torch_gates: ClassVar[str]
    states: ClassVar[int] = 1
    gain: ClassVar[float] = 2.0
    one_product: ClassVar[bool] = True

    @property
    def biases(self) -> Mapping[Framework, Biases]:
        return OWN_BIASES

    @property
    def bias_forms(self) -> tuple[Biases, ...]:
        return "one", "two"

    @abstractmethod
    def step(self, inputs: Array, state: Array, recurrent: Array, recurrent_bias: Array) -> Array:
        """Go one step further.

        Args:
            inputs: ``x @ kernel + bias``, [n, gates * units].
            state: [states, n, units].
            recurrent: The recurrent kernel, [units, gates * units].
            recurrent_bias: [gates * units].

        Returns:
            The new state.
        """

    @abstractmethod
    def mistakes(self) -> Iterator[tuple[Misconception, Cell]]:
        """The cells that students use instead."""

    def equals(self) -> Iterator[Cell]:
        """Cells that compute the same functions, with other values of the same weights."""
        yield from ()

    @property
    def signs(self) -> str:
        """For each gate whether its weights are those of the plain cell (+) or their negatives (-)."""
        return "+" * len(self.gates)


@dataclass(frozen=True)
class LSTMCell(Cell):
    """Hochreiter and Schmidhuber's (1997) with the forget gate of Gers et al. (2000), without peepholes.

    ``c = f * c + i * tanh(g)`` and ``h = o * tanh(c)``; the gates i, f and o are sigmoids. The two biases matter by
    their sum alone.
    """

    activation: Activation = "tanh"
    output_activation: Activation | None = None  # of the cell state; None: the same
    gate_activation: Activation = "sigmoid"

    words: ClassVar[str] = "LSTM"
    gates: ClassVar[str] = "ifgo"
    torch_gates: ClassVar[str] = "ifgo"
    states: ClassVar[int] = 2
    gain: ClassVar[float] = 3.0

    def step(self, inputs: Array, state: Array, recurrent: Array, recurrent_bias: Array) -> Array:
        (hidden, memory), units = state, state.shape[2]
        gates = inputs + hidden @ recurrent + recurrent_bias
        before, g, o = gates[:, : -2 * units], gates[:, -2 * units : -units], gates[:, -units:]
        i_and_f, o = activate(self.gate_activation, before), activate(self.gate_activation, o)
        new = np.empty_like(state)
        new[1] = self._kept(i_and_f, memory) + i_and_f[:, :units] * activate(self.activation, g)
        new[0] = o * activate(self.output_activation or self.activation, new[1])
        return new

    def _kept(self, i_and_f: Array, memory: Array) -> Array:
        """What stays of the memory."""
        kept: Array = i_and_f[:, memory.shape[1] :] * memory
        return kept

    def mistakes(self) -> Iterator[tuple[Misconception, Cell]]:
        yield GRU_INSTEAD, GRU_CELL
        yield RNN_INSTEAD, TANH_CELL
        if self.activation == "tanh":
            yield RELU_ACTIVATION, replace(self, activation="relu")
            yield SIGMOID_ACTIVATION, replace(self, activation="sigmoid")
            yield SIGMOID_CANDIDATE, replace(self, activation="sigmoid", output_activation="tanh")
            yield NO_OUTPUT_TANH, replace(self, output_activation="linear")
        if self.gate_activation == "sigmoid":
            yield TANH_GATES, replace(self, gate_activation="tanh")
            yield HARD_SIGMOID_GATES, replace(self, gate_activation="hard sigmoid")
        yield NO_FORGET_GATE, LSTM_WITHOUT_FORGETTING


@dataclass(frozen=True)
class LSTMCellWithoutForgetting(LSTMCell):
    """The LSTM of 1997: whatever was added to the memory stays. A mistake where the handout has a forget gate."""

    words: ClassVar[str] = "LSTM without a forget gate"
    gates: ClassVar[str] = "igo"
    torch_gates: ClassVar[str] = "igo"

    def _kept(self, i_and_f: Array, memory: Array) -> Array:  # noqa: ARG002 - the gates' formula is another one here
        return memory

    def mistakes(self) -> Iterator[tuple[Misconception, Cell]]:
        yield from ()


@dataclass(frozen=True)
class GRUCell(Cell):
    """Cho et al.'s (2014) in the form that cuDNN, PyTorch and Keras compute.

    ``n = tanh(W x + b + r * (U h + b'))`` and ``h = z * h + (1 - z) * n``; z and r are sigmoids.

    Args:
        reset_after: Whether the reset gate acts behind the matrix product; if not, ``U (r * h) + b'``.
        z_keeps: Whether z is the share of the old state; if not, of the new one, as in the paper. As ``1 - sigmoid(x)``
            is ``sigmoid(-x)``, the functions are the same.
    """

    reset_after: bool = True
    z_keeps: bool = True

    words: ClassVar[str] = "GRU"
    gates: ClassVar[str] = "zrn"
    torch_gates: ClassVar[str] = "rzn"
    one_product: ClassVar[bool] = False

    @property
    def biases(self) -> Mapping[Framework, Biases]:
        return {Framework.KERAS: "stacked" if self.reset_after else "one", Framework.TORCH: "two"}

    @property
    def bias_forms(self) -> tuple[Biases, ...]:
        return ("stacked", "two") if self.reset_after else ("one", "two")

    def step(self, inputs: Array, state: Array, recurrent: Array, recurrent_bias: Array) -> Array:
        hidden, units = state[0], state.shape[2]
        if self.reset_after:
            product = hidden @ recurrent + recurrent_bias
            z, r = self._gates(inputs[:, : 2 * units] + product[:, : 2 * units], units)
            n = np.tanh(inputs[:, 2 * units :] + r * product[:, 2 * units :])
        else:
            product = hidden @ recurrent[:, : 2 * units] + recurrent_bias[: 2 * units]
            z, r = self._gates(inputs[:, : 2 * units] + product, units)
            candidate = (r * hidden) @ recurrent[:, 2 * units :] + recurrent_bias[2 * units :]
            n = np.tanh(inputs[:, 2 * units :] + candidate)
        kept = z if self.z_keeps else 1 - z
        new: Array = kept * hidden + (1 - kept) * n
        return new[None]

    @staticmethod
    def _gates(inputs: Array, units: int) -> tuple[Array, Array]:
        both = sigmoid(inputs)
        return both[:, :units], both[:, units:]

    def mistakes(self) -> Iterator[tuple[Misconception, Cell]]:
        yield LSTM_INSTEAD, LSTM_CELL
        yield RNN_INSTEAD, TANH_CELL
        if self.reset_after:
            yield RESET_BEFORE, replace(self, reset_after=False)

    def equals(self) -> Iterator[Cell]:
        yield replace(self, z_keeps=not self.z_keeps)

    @property
    def signs(self) -> str:
        return "+++" if self.z_keeps else "-++"


@dataclass(frozen=True)
class TanhCell(Cell):
    """Elman's (1990): ``h = tanh(W x + b + U h + b')``. The two biases matter by their sum alone."""

    activation: Activation = "tanh"

    words: ClassVar[str] = "plain recurrent layer"
    gates: ClassVar[str] = "h"
    torch_gates: ClassVar[str] = "h"

    def step(self, inputs: Array, state: Array, recurrent: Array, recurrent_bias: Array) -> Array:
        new = activate(self.activation, inputs + state[0] @ recurrent + recurrent_bias)
        return new[None]

    def mistakes(self) -> Iterator[tuple[Misconception, Cell]]:
        yield LSTM_INSTEAD, LSTM_CELL
        yield GRU_INSTEAD, GRU_CELL
        if self.activation == "tanh":
            yield RELU_ACTIVATION, replace(self, activation="relu")


LSTM_CELL = LSTMCell()
LSTM_WITHOUT_FORGETTING = LSTMCellWithoutForgetting()
GRU_CELL = GRUCell()
TANH_CELL = TanhCell()


def sigmoid(x: Array) -> Array:
    """``1 / (1 + exp(-x))``, twice as fast as by the hyperbolic tangent."""
    with np.errstate(over="ignore"):  # an infinite exponential gives the right limit, 0
        value: Array = 1 / (1 + np.exp(-x))
    return value


def activate(activation: Activation, x: Array) -> Array:
    value: Array = _ACTIVATIONS[activation](x)
    return value


_ACTIVATIONS: Mapping[Activation, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0.0),
    "linear": lambda x: x,
    "sigmoid": sigmoid,
    "hard sigmoid": lambda x: np.clip(x / 6 + 0.5, 0.0, 1.0),
}
