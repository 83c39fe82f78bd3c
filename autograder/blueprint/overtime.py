"""What all layers that go over a sequence share, and what students take from such a layer instead of its last state."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from autograder.blueprint.activation import ReLU
from autograder.blueprint.composition import Chain
from autograder.blueprint.layer import Activations, Layer, Misconception, Mistake
from autograder.blueprint.pooling import FirstStep, GlobalAveragePool1D, GlobalMaxPool1D, LastStep
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
EMPTY_READS_PADDING = Misconception(
    "empty-text-reads-padding",
    "reads one step of padding where a text has no words (lengths clamped to 1); the handout's state is then zero",
)
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
MAXIMUM = Misconception("max-over-time", f"takes the maximum over the states of all words; {_LAST}")
MAXIMUM_OF_ZEROS = Misconception(
    "max-over-positions", f"takes the maximum over all positions, also over the zeros at the padding; {_LAST}"
)
OVER_BATCH = Misconception(
    "runs-over-batch", "takes the axis of the batch for that of time: nn.LSTM and its like need batch_first=True"
)
RELU_BEHIND = Misconception(
    "relu-behind-state", "puts a ReLU behind the recurrent layer; the handout uses the state as it is"
)
FIRST_LAYER = Misconception(
    "first-layer-state",
    "takes the last state of the first recurrent layer, h_n[0]; the handout asks for that of the last layer",
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
            yield Mistake(EMPTY_READS_PADDING, Chain(_FirstStepCounts(), self))
        yield Mistake(OVER_BATCH, self._across_batch())
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
            MAXIMUM: GlobalMaxPool1D(skip_padding=True),
            MAXIMUM_OF_ZEROS: GlobalMaxPool1D(),
            FIRST_STEP: FirstStep(),
        }
        for misconception, pooling in poolings.items():
            yield Mistake(misconception, Chain(self.with_(returns="sequence"), pooling))
        yield Mistake(RELU_BEHIND, Chain(self, ReLU()))

    def _across_batch(self) -> Layer:
        chain = _SwapAxes(), self.with_(returns="sequence", skip_padding=False), _SwapAxes()
        return Chain(*chain) if self.gives == "sequence" else Chain(*chain, LastStep())

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
class _FirstStepCounts(Layer):
    """In a text without words the first step counts as one."""

    @property
    def words(self) -> str:
        return "at least one step"

    def output(self, signal: Signal, /) -> Signal:
        return signal

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        if x.mask is None:
            return x
        mask = x.mask.copy()
        mask[~mask.any(axis=1), :1] = True
        return Activations(x.values, mask)


@dataclass(frozen=True)
class _SwapAxes(Layer):
    """[n, t, c] to [t, n, c]; in the table of layers the axes stay as they were."""

    @property
    def words(self) -> str:
        return "batch and time swapped"

    @property
    def mixes_examples(self) -> bool:
        return True

    def output(self, signal: Signal, /) -> Signal:
        return signal

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        return Activations(np.swapaxes(x.values, 0, 1))


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
