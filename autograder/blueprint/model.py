"""The blueprint: one model declared once, from which everything else follows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.blueprint.ends import Ended, without_softmax
from autograder.blueprint.framework import Framework, PerFramework
from autograder.blueprint.layer import Activations, Layer, Misconception, Run, Step
from autograder.blueprint.logits import Logits
from autograder.blueprint.signal import TOKEN_IDS, Signal, SignalKind
from autograder.blueprint.variants import equal_models, wrong_models
from autograder.errors import AssignmentError, InternalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

    from autograder.blueprint.parameter import Array, Parameter, Weights

VISIBLE = 0.01  # a hundred times the tolerance: the smallest difference between logits that shows a mistake
_DRAWS = 4  # of random weights, of which the one that shows most mistakes is kept
_CHUNK = 2**17  # numbers in the largest array of a forward pass: 1 MiB, which stays in the cache


@dataclass(frozen=True)
class LayerRow:
    """One line of a table of layers."""

    name: str
    words: str
    output: str
    parameters: Mapping[Framework, tuple[Parameter, ...]]


@dataclass(frozen=True)
class Variant:
    """A wrong model that students build, and what is wrong with it."""

    misconceptions: tuple[Misconception, ...]
    blueprint: Blueprint

    @property
    def key(self) -> str:
        return "+".join(misconception.key for misconception in self.misconceptions)

    @property
    def says(self) -> str:
        """Completes "a model that ..."."""
        return "; it also ".join(misconception.says for misconception in self.misconceptions)


@dataclass(frozen=True)
class Blueprint:
    """One model, without a framework, at given sizes.

    Args:
        model: The layers, in the order of computation; the output is a vector of raw logits.
        inputs: What the model takes: token ids, unless stated otherwise.
        ends: What stands behind the logits, where the handout asks for more than them: a layer, or one for each
            framework. Then ``of`` gives the model of one framework, whose output is what its students return.

    Raises:
        AssignmentError: The layers don't fit together; the message says where.
    """

    model: Layer
    inputs: Signal = TOKEN_IDS
    ends: Layer | PerFramework[Layer] | None = None

    def __post_init__(self) -> None:
        output = self.model.output(self.inputs)
        if output.kind is not SignalKind.VECTOR:
            raise AssignmentError(f"the model ends in {output.kind or 'a signal'} {output}, but logits are a vector")
        names = Counter(layer.label for layer in self.model.walk() if layer.label)
        twice = [name for name, number in names.items() if number > 1]
        if twice:
            raise AssignmentError(f"two layers are called {twice[0]}: each needs a name of its own")

    def of(self, framework: Framework) -> Blueprint:
        """The model as a student of this framework has to build it; itself, if the frameworks don't differ."""
        ends = self.ends.of(framework) if isinstance(self.ends, PerFramework) else self.ends
        concrete = Blueprint(self.model.rewrite(lambda layer: layer.of(framework)), self.inputs, ends)
        return self if concrete == self else concrete

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every layer in its place, in the order of computation."""
        return tuple(self.model.steps(self.inputs))

    @cached_property
    def _whole(self) -> Layer:
        """The model with its end; where each framework has its own, the logits that they share."""
        return Ended(self.model, self.ends) if isinstance(self.ends, Layer) else self.model

    def without_softmax(self) -> Blueprint:
        """The model in front of the softmax or sigmoid that it ends in: what a loss sees that looks through it."""
        return Blueprint(without_softmax(self._whole), self.inputs)

    def parameters(self, framework: Framework) -> tuple[Parameter, ...]:
        """All arrays of a plain model of this framework, as it lists them: in the order of computation.

        State (a moving mean) is among them. Keras lists it with its layer, PyTorch behind all that is trained.
        """
        listed = [parameter for step in self.steps for parameter in step.parameters(framework)]
        return tuple(sorted(listed, key=lambda p: framework is Framework.TORCH and not p.trainable))

    @property
    def has_state(self) -> bool:
        """Whether training changes something without gradients, such as a moving mean."""
        return any(not parameter.trainable for parameter in self.parameters(Framework.KERAS))

    def count(self, framework: Framework) -> int:
        """Number of trainable numbers."""
        return sum(parameter.counted for parameter in self.parameters(framework))

    def layers(self) -> tuple[LayerRow, ...]:
        """One row for each layer, in the order of computation; ``n`` is the batch, ``t`` the time steps."""
        rows = [
            LayerRow(s.layer.label, s.layer.words, str(s.output), {f: s.parameters(f) for f in Framework})
            for s in self.steps
        ]
        if self.ends is not None:
            rows.append(LayerRow("", self._end_in_words(), rows[-1].output, dict.fromkeys(Framework, ())))
        return tuple(rows)

    def _end_in_words(self) -> str:
        if isinstance(self.ends, PerFramework):
            return ", ".join(f"{self.ends.of(f).words} in {f.label}" for f in Framework)
        return self.ends.words if self.ends else ""

    def initial_weights(self, rng: np.random.Generator, framework: Framework) -> Weights:
        """Weights as the handout prescribes them for the start of the training."""
        return {p.name: p.initializer(rng, p.shape) for p in self.parameters(framework)}

    def random_weights(self, rng: np.random.Generator, framework: Framework) -> Weights:
        """Weights for comparing a model with this one: logits of order 1, biases not zero, every branch matters.

        Of a few draws the one is kept under which most of the known mistakes show in the logits (usually the first
        shows all: a forgotten ReLU shows only where some maximum over time is negative).
        """
        table = {p.name: p.shape for p in self.parameters(framework)}
        right = self.of(framework)
        wrong = [v.blueprint for v in right.variants(1) if v.blueprint.has_table(table, framework)]
        best: Weights = {}
        hidden: list[Blueprint] | None = None
        for _ in range(_DRAWS):
            weights = {p.name: p.draw_probe(rng) for p in self.parameters(framework)}
            inputs = self.example_inputs(rng, 16)
            if hidden is None or len(_hidden(right, hidden, weights, inputs)) < len(hidden):  # else it can't show more
                missed = _hidden(right, wrong, weights, inputs)
                if hidden is None or len(missed) < len(hidden):
                    best, hidden = weights, missed
            if not hidden:
                break
        return best

    def has_table(self, table: Mapping[str, tuple[int, ...]], framework: Framework) -> bool:
        """Whether the parameters have exactly these names and canonical shapes."""
        return {p.name: p.shape for p in self.parameters(framework)} == table

    def example_inputs(self, rng: np.random.Generator, n: int, length: int = 0) -> npt.NDArray[Any]:
        """Inputs of the right shape: token ids with padding at some ends but the first (id 0), or numbers of order 1.

        Numbers are standard normal; those of an image besides have a mean of their own in each channel, without which
        all images would look alike once averaged.

        Args:
            rng: Source of randomness.
            n: Number of examples.
            length: Time steps; by default a few more than the model needs.
        """
        limits = [layer.id_limit for layer in self.model.walk() if layer.id_limit is not None]
        length = length or self.shortest + 15
        if not limits:
            numbers = rng.normal(size=(n, *(axis for axis in self.inputs.shape if isinstance(axis, int))))
            means = rng.normal(size=(n, 1, 1, self.inputs.features)) if self.inputs.kind is SignalKind.IMAGE else 0.0
            return numbers + means
        ids = rng.integers(min(1, min(limits) - 1), min(limits), (n, length))
        words = rng.integers(max(1, length // 2), length + 1, (n, 1))
        words[:1] = length  # PyTorch cuts what it unpacks at the longest text
        return np.where(np.arange(length) < words, ids, 0)

    @property
    def heeds_padding(self) -> bool:
        """Whether padding (id 0) is something else to the model than a word."""
        return any(layer.heeds_padding for layer in self.model.walk())

    @property
    def shortest(self) -> int:
        """The smallest number of time steps that the model can take."""
        return max(step.output.shortest for step in self.steps)

    def forward(
        self,
        weights: Mapping[str, Array],
        token_ids: npt.NDArray[Any],
        dropout_rng: np.random.Generator | None = None,
    ) -> Array:
        """The model's output, computed in float64: logits, or what its end makes of them.

        Args:
            weights: By parameter name, in canonical shape.
            token_ids: int [n, t] (or whatever ``inputs`` says).
            dropout_rng: Source of dropout masks; without one there is no dropout.

        Returns:
            float64 [n, num_classes]; not finite where the weights overflow.

        Raises:
            InternalError: An array of weights or the input has another shape, or a layer differs between the
                frameworks (see ``of``).
            AssignmentError: A token id is outside the vocabulary, or the sequences are too short.
        """
        inputs = np.asarray(token_ids, dtype=None if self.inputs == TOKEN_IDS else np.float64)
        run = Run(self._canonical(weights), dropout_rng)
        if not self._takes(inputs.shape[1:]):
            raise InternalError(f"the model takes {self.inputs}, but got an array of shape {inputs.shape}")
        largest = max(step.output.size(inputs.shape[1]) for step in self.steps)
        rows = max(1, len(inputs) if self.mixes_examples else _CHUNK // max(1, largest))
        with np.errstate(all="ignore"):  # trained weights come from outside and may be anything
            starts = range(0, max(1, len(inputs)), rows)
            logits = [self._whole.forward(Activations(inputs[s : s + rows]), run).values for s in starts]
        return np.concatenate(logits)

    def _takes(self, shape: tuple[int, ...]) -> bool:
        axes = self.inputs.shape
        return len(shape) == len(axes) and all(a == s for a, s in zip(axes, shape, strict=True) if isinstance(a, int))

    @property
    def mixes_examples(self) -> bool:
        """Whether an output depends on the whole batch."""
        return any(layer.mixes_examples for layer in self._whole.walk())

    def _canonical(self, weights: Mapping[str, Array]) -> Weights:
        shapes = {p.name: p.shape for framework in Framework for p in self.parameters(framework)}
        tables = [{p.name for p in self.parameters(framework) if p.trainable} for framework in Framework]
        if not any(names <= weights.keys() for names in tables):
            raise InternalError(f"the weights are incomplete: {sorted(weights)}")
        for name, array in weights.items():
            if shapes.get(name) != np.shape(array):
                raise InternalError(f"{name} has the shape {shapes.get(name)}, not {np.shape(array)}")
        return {name: np.asarray(array, dtype=np.float64) for name, array in weights.items()}

    def variants(self, depth: int = 2) -> Iterator[Variant]:
        """The wrong models that students build: with one mistake, then with two, up to ``depth``."""
        for misconceptions, wrong in wrong_models(self._complete, depth):
            try:
                blueprint = Blueprint(wrong, self.inputs)
            except AssignmentError:  # two mistakes that can't be made together, or an image too small for one
                continue
            yield Variant(misconceptions, blueprint)

    def alternatives(self) -> Iterator[Blueprint]:
        """The same model as students also write it: the functions are equal, the weights are held in other ways."""
        for written in equal_models(self._complete):
            yield Blueprint(written, self.inputs)

    @property
    def _complete(self) -> Layer:
        """The model with its end; a model without one ends in raw logits, which students get wrong as well."""
        return self._whole if isinstance(self._whole, Ended) else Logits(self.model)

    def carry_over(self, weights: Mapping[str, Array], framework: Framework) -> Weights:
        """The same function's weights in this model's arrays for ``framework``.

        Args:
            weights: Of the plain model (this one, if it is no alternative), for either framework.
            framework: Whose arrays are wanted: an LSTM has one bias in Keras and two in PyTorch.

        Raises:
            InternalError: This is another model, with parameters of other names or sizes.
        """
        carried = dict(weights)
        try:
            for layer in self.model.walk():
                carried |= layer.carry_over(weights, framework)
            fitted = {p.name: carried[p.name] for p in self.parameters(framework)}
        except (KeyError, ValueError) as error:
            raise InternalError(f"the weights are those of another model: {error}") from error
        if not self.has_table({name: array.shape for name, array in fitted.items()}, framework):
            raise InternalError("the weights are those of a model of other sizes")
        return fitted


def _hidden(right: Blueprint, wrong: list[Blueprint], weights: Weights, inputs: npt.NDArray[Any]) -> list[Blueprint]:
    """The wrong models that give the right one's output."""
    output = right.forward(weights, inputs)
    return [w for w in wrong if float(np.abs(w.forward(weights, inputs) - output).max()) <= VISIBLE]
