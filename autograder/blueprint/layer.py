"""What a layer is: the one place to state its output, parameters, forward pass and the mistakes that students make."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from autograder.errors import AssignmentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Self

    import numpy as np
    import numpy.typing as npt

    from autograder.blueprint.framework import Framework
    from autograder.blueprint.parameter import Array, Parameter, Weights
    from autograder.blueprint.signal import Signal, SignalKind


class MisfitError(AssignmentError):
    """A layer stands where it can't; containers add to the front where that is."""


@dataclass(frozen=True)
class Misconception:
    """A mistake that students make.

    Attributes:
        key: Stable name, such as ``average-pooling``.
        says: Completes "a model that ...", such as "averages over time; the handout asks for the maximum".
    """

    key: str
    says: str


@dataclass(frozen=True)
class Mistake:
    """A misconception, and what then stands in the layer's place."""

    misconception: Misconception
    layer: Layer


@dataclass(frozen=True)
class Resized:
    """A size that a layer was given, in the handout and in the student's model; ``what`` names it in the plural."""

    what: str
    wanted: int
    found: int


@dataclass(frozen=True)
class Alternative:
    """Another way to write a layer, as right as the layer: the same functions, its weights held in another way.

    Attributes:
        says: What is different, such as ``biases: one``. In a model it is different wherever a layer says so.
        layer: The layer written so.
    """

    says: str
    layer: Layer


@dataclass(frozen=True)
class Activations:
    """Values on their way through the model, float64 (token ids at the entrance), and which time steps are words.

    Attributes:
        values: [n, ...].
        mask: bool [n, t], False at padding; None where the signal has no time steps, or all of them count.
    """

    values: npt.NDArray[Any]
    mask: npt.NDArray[np.bool_] | None = None

    def with_values(self, values: Array) -> Self:
        return replace(self, values=values)


@dataclass(frozen=True)
class Run:
    """One forward pass: the weights by parameter name, and the source of dropout (None: no dropout)."""

    weights: Mapping[str, Array]
    dropout_rng: np.random.Generator | None = None


@dataclass(frozen=True)
class Step:
    """One layer in its place, with the signals that it gets and gives."""

    layer: Layer
    input: Signal
    output: Signal

    def parameters(self, framework: Framework) -> tuple[Parameter, ...]:
        return self.layer.parameters(self.input, framework)


class Layer(ABC):
    """A layer, or a composition of layers. Subclasses are frozen dataclasses.

    A new type of layer states ``words``, ``output``, ``forward`` and, where it has any, ``parameters``, ``mistakes``
    and ``hint``. Nothing else in this package has to know it.
    """

    @property
    def label(self) -> str:
        """The name, which layers with parameters have; empty for the others."""
        return str(getattr(self, "name", ""))

    @property
    def omission(self) -> str:
        """What a student leaves out who forgets one layer of this kind among several; empty if nobody does."""
        return ""

    @property
    def is_activation(self) -> bool:
        """Whether it is a function of single numbers that isn't linear: no mean may change places with it."""
        return False

    @property
    def in_front(self) -> Mistake | None:
        """The mistake to put this layer in front of the activation that it stands behind; None if that is no mistake.

        The mistake's layer is what then stands there.
        """
        return None

    @property
    def mixes_examples(self) -> bool:
        """Whether an example's output depends on the others in its batch, so that they belong in one forward pass."""
        return False

    @property
    def id_limit(self) -> int | None:
        """Token ids that the layer looks up are below this; None if it looks up none."""
        return None

    @property
    def heeds_padding(self) -> bool:
        """Whether the layer treats padding unlike words."""
        return False

    @property
    @abstractmethod
    def words(self) -> str:
        """What the layer is, as the handout's table says it."""

    @abstractmethod
    def output(self, signal: Signal, /) -> Signal:
        """The signal that the layer makes of ``signal``.

        Raises:
            AssignmentError: The layer doesn't take such a signal.
        """

    @abstractmethod
    def forward(self, x: Activations, run: Run, /) -> Activations:
        """Compute the layer in float64."""

    def parameters(self, _signal: Signal, _framework: Framework, /) -> tuple[Parameter, ...]:
        """The layer's parameters, the one that characterises it first (a kernel before its bias)."""
        return ()

    def of(self, _framework: Framework, /) -> Layer:
        """The layer as the handout asks for it in one framework; itself, unless a default differs."""
        return self

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterable[Mistake]:
        """What students build instead. ``peers`` are all layers of this type in the model, in order."""
        return ()

    def alternatives(self) -> Iterable[Alternative]:
        """Other ways to write the layer that are as right, such as an LSTM with one bias instead of two."""
        return ()

    def carry_over(self, _weights: Mapping[str, Array], _framework: Framework, /) -> Weights:
        """This layer's arrays for a framework, from those of the plain layer for any framework, by name.

        The result may hold more than that. What a layer doesn't answer for is taken as it is.
        """
        return {}

    def held(self, _signal: Signal, _framework: Framework, /) -> str:
        """How the framework holds what the layer knows, in words; empty where both do it alike.

        Where the words for the two frameworks differ, they say why counts and arrays of twins do.
        """
        return ""

    def hint(self, _axis: str, _wanted: int, _found: int, /) -> str:
        """The usual reason why an axis of a parameter has another size; empty when there is none."""
        return ""

    def resized(self, _axis: str, _wanted: int, _found: int, /) -> Resized | None:
        """The size of the layer's own that an axis of another size comes from; ``size`` is the axis of a vector.

        None where it comes from what stands before the layer, or can't be told.
        """
        return None

    def steps(self, signal: Signal, /) -> Iterator[Step]:
        """This layer and all within it, in the order of computation; the last step gives the layer's output."""
        yield Step(self, signal, self.output(signal))

    def walk(self) -> Iterator[Layer]:
        """This layer and all within it, the inner ones first."""
        yield self

    def rewrite(self, edit: Callable[[Layer], Layer], /) -> Layer:
        """The same model with ``edit`` applied to every layer, the inner ones first."""
        return edit(self)

    def split_pooling(self) -> tuple[Layer, Layer] | None:
        """What comes before a final pooling over time, and that pooling; None if it doesn't end in one."""
        return None

    @property
    def title(self) -> str:
        return f'{type(self).__name__} "{self.label}"' if self.label else type(self).__name__

    def take(self, signal: Signal, *kinds: SignalKind) -> Signal:
        """``signal``, if it is of one of ``kinds``."""
        if signal.kind not in kinds:
            raise MisfitError(f"{self.title} takes {' or '.join(kinds)}, but gets {signal.kind or 'a signal'} {signal}")
        return signal
