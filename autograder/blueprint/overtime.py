"""What all layers that go over a sequence share, and what students take from such a layer instead of its last state."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from autograder.blueprint.activation import ReLU
from autograder.blueprint.axes import Reshaped, SwapAxes
from autograder.blueprint.composition import Chain
from autograder.blueprint.layer import Activations, Layer, Misconception, Mistake
from autograder.blueprint.lengths import miscounted
from autograder.blueprint.pooling import FirstStep, GlobalAveragePool1D, GlobalMaxPool1D, LastStep, Total
from autograder.blueprint.signal import Signal, SignalKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Self

    from autograder.blueprint.framework import Framework
    from autograder.blueprint.layer import Run
    from autograder.blueprint.parameter import Array, Parameter, Weights

Returns = Literal["last", "sequence", "cell"]

_LAST = "the handout asks for the state after the last word"
OVER_PADDING = Misconception(
    "runs-over-padding",
    "runs over the padding too; the handout's model stops at the last word (mask_zero=True in Keras,"
    " pack_padded_sequence in PyTorch)",
)
STOPS_AT_PADDING = Misconception("stops-at-padding", "stops at the padding; the handout's model runs over all steps")
LAST_POSITION = Misconception(
    "last-position",
    f"takes the last position of all outputs, [:, -1], which is padding in all but the longest texts; {_LAST}",
)
FIRST_STEP = Misconception("first-step", f"takes the output at the first word; {_LAST}")
CELL_STATE = Misconception("cell-state", "takes the cell state c; the handout asks for the hidden state h")
MEAN = Misconception("mean-over-time", f"averages the states of all words; {_LAST}")
MEAN_OF_ZEROS = Misconception(
    "mean-over-positions", f"averages the outputs of all positions, also the zeros at the padding; {_LAST}"
)
MEAN_OF_REPEATS = Misconception(
    "mean-over-repeats",
    "averages the outputs of all positions; at the padding Keras repeats the last word's, which so counts many times."
    f" Besides, {_LAST}",
)
TOTAL = Misconception("sum-over-time", f"adds up the states of all words; {_LAST}")
MAXIMUM = Misconception("max-over-time", f"takes the maximum over the states of all words; {_LAST}")
MAXIMUM_OF_ZEROS = Misconception(
    "max-over-positions", f"takes the maximum over all positions, also over the zeros at the padding; {_LAST}"
)
_BATCH_FIRST = "takes the axis of the batch for that of time: nn.LSTM and its like need batch_first=True"
OVER_BATCH = Misconception("runs-over-batch", _BATCH_FIRST)
OVER_BATCH_TO_LAST_WORD = Misconception("runs-over-batch", f"{_BATCH_FIRST} (the last word's output is taken then)")
RESHAPED = Misconception(
    "reshape-instead-of-transpose",
    "swaps the axes of batch and time by a reshape (view), which mixes the words of different texts; use transpose, or"
    " batch_first=True",
)
RELU_BEHIND = Misconception(
    "relu-behind-state", "puts a ReLU behind the recurrent layer; the handout uses the state as it is"
)
FIRST_LAYER = Misconception(
    "first-layer-state",
    "takes the last state of the first recurrent layer, h_n[0], and not that of the last layer, h_n[-1]",
)
ONE_LAYER = Misconception("one-layer", "has one recurrent layer; the handout's model has several, one on the other")
TWO_LAYERS = Misconception("two-layers", "has two recurrent layers, one on the other; the handout's model has one")


class OverTime(Layer):
    """A layer that goes over a sequence and gives its last state or, with ``returns="sequence"``, one at each step."""

    @property
    @abstractmethod
    def gives(self) -> Returns:
        """What comes out."""

    @property
    @abstractmethod
    def features(self) -> int:
        """Features of each state that comes out."""

    @property
    @abstractmethod
    def has_cell_state(self) -> bool: ...

    @property
    def heeds_padding(self) -> bool:
        return not self.over_padding

    @property
    @abstractmethod
    def over_padding(self) -> bool:
        """Whether the layer goes over the padding as well."""

    @abstractmethod
    def with_(self, *, returns: Returns | None = None, skip_padding: bool | None = None, suffix: str = "") -> Self:
        """The same layer with other options, and something behind its name."""

    def output(self, signal: Signal, /) -> Signal:
        self.take(signal, SignalKind.SEQUENCE)
        return signal.with_features(self.features) if self.gives == "sequence" else Signal((self.features,))

    def mistakes(self, peers: Sequence[Layer], /) -> Iterator[Mistake]:
        if self.over_padding:
            yield Mistake(STOPS_AT_PADDING, self.with_(skip_padding=True))
        else:
            yield Mistake(OVER_PADDING, self.with_(skip_padding=False))
            yield from miscounted(self)
        yield from self._across_batch()
        if self.gives == "last":
            yield from self._misreadings()
        yield from self._stacked_wrongly([peer for peer in peers if isinstance(peer, OverTime)])

    def _misreadings(self) -> Iterator[Mistake]:
        if self.has_cell_state:
            yield Mistake(CELL_STATE, self.with_(returns="cell"))
        poolings = {
            LAST_POSITION: LastStep(),
            MEAN: GlobalAveragePool1D(skip_padding=True),
            MEAN_OF_ZEROS: GlobalAveragePool1D(),
            MEAN_OF_REPEATS: Chain(_Repeated(), GlobalAveragePool1D()),
            TOTAL: Total(skip_padding=True),
            MAXIMUM: GlobalMaxPool1D(skip_padding=True),
            MAXIMUM_OF_ZEROS: GlobalMaxPool1D(),
            FIRST_STEP: FirstStep(),
        }
        for misconception, pooling in poolings.items():
            yield Mistake(misconception, Chain(self.with_(returns="sequence"), pooling))
        yield Mistake(RELU_BEHIND, Chain(self, ReLU()))

    def _across_batch(self) -> Iterator[Mistake]:
        """The axes of batch and time taken for each other."""
        over_all = self.with_(returns="sequence", skip_padding=False)
        if self.gives == "last":
            yield Mistake(OVER_BATCH, Chain(SwapAxes(), over_all, SwapAxes(), LastStep()))
            last_word = LastStep(skip_padding=True)
            yield Mistake(OVER_BATCH_TO_LAST_WORD, Chain(SwapAxes(), over_all, SwapAxes(), last_word))
            yield Mistake(RESHAPED, Chain(Reshaped(), over_all, LastStep()))
        else:
            yield Mistake(OVER_BATCH, Chain(SwapAxes(), over_all, SwapAxes()))

    def _stacked_wrongly(self, stack: Sequence[OverTime]) -> Iterator[Mistake]:
        """Mistakes of a stack; each of its layers declares its own part."""
        if len(stack) == 1 and self.gives == "last":
            below, above = self.with_(returns="sequence", suffix=".first"), self.with_(suffix=".second")
            yield Mistake(TWO_LAYERS, Chain(below, above))
        elif [layer.gives for layer in stack] == ["sequence"] * (len(stack) - 1) + ["last"]:
            is_first = self.label == stack[0].label
            yield Mistake(FIRST_LAYER, self.with_(returns="last") if is_first else _Unused(self))
            yield Mistake(ONE_LAYER, self.with_(returns="last") if is_first else Chain())


@dataclass(frozen=True)
class _Repeated(Layer):
    """What Keras gives at padding: the output at the last word once more, zeros where there is none."""

    @property
    def words(self) -> str:
        return "last word's output repeated at the padding"

    def output(self, signal: Signal, /) -> Signal:
        return signal

    def forward(self, x: Activations, run: Run, /) -> Activations:
        if x.mask is None:
            return x
        last = LastStep(skip_padding=True).forward(x, run).values
        return x.with_values(np.where(x.mask[:, :, None], x.values, last[:, None]))


@dataclass(frozen=True)
class _Unused(Layer):
    """A layer that has its parameters, while its input is passed on."""

    layer: Layer

    @property
    def words(self) -> str:
        return f"unused: {self.layer.words}"

    def output(self, signal: Signal, /) -> Signal:
        return signal

    def parameters(self, signal: Signal, framework: Framework, /) -> tuple[Parameter, ...]:
        return self.layer.parameters(signal, framework)

    def carry_over(self, weights: Mapping[str, Array], framework: Framework, /) -> Weights:
        return self.layer.carry_over(weights, framework)

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        return x
