"""The blueprint: one model declared once, from which everything else follows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.blueprint.framework import Framework
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

    Raises:
        AssignmentError: The layers don't fit together; the message says where.
    """

    model: Layer
    inputs: Signal = TOKEN_IDS

    def __post_init__(self) -> None:
        output = self.model.output(self.inputs)
        if output.kind is not SignalKind.VECTOR:
            raise AssignmentError(f"the model ends in {output.kind or 'a signal'} {output}, but logits are a vector")
        names = Counter(layer.label for layer in self.model.walk() if layer.label)
        twice = [name for name, number in names.items() if number > 1]
        if twice:
            raise AssignmentError(f"two layers are called {twice[0]}: each needs a name of its own")

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every layer in its place, in the order of computation."""
        return tuple(self.model.steps(self.inputs))

    def parameters(self, framework: Framework) -> tuple[Parameter, ...]:
        """All parameters of a plain model of this framework, in the order of computation."""
        return tuple(parameter for step in self.steps for parameter in step.parameters(framework))

    def count(self, framework: Framework) -> int:
        """Number of trainable numbers."""
        return sum(parameter.size for parameter in self.parameters(framework))

    def layers(self) -> tuple[LayerRow, ...]:
        """One row for each layer, in the order of computation; ``n`` is the batch, ``t`` the time steps."""
        return tuple(
            LayerRow(s.layer.label, s.layer.words, str(s.output), {f: s.parameters(f) for f in Framework})
            for s in self.steps
        )

    def initial_weights(self, rng: np.random.Generator, framework: Framework) -> Weights:
        """Weights as the handout prescribes them for the start of the training."""
        return {p.name: p.initializer(rng, p.shape) for p in self.parameters(framework)}

    def random_weights(self, rng: np.random.Generator, framework: Framework) -> Weights:
        """Weights for comparing a model with this one: logits of order 1, biases not zero, every branch matters.

        Of a few draws the one is kept under which most of the known mistakes show in the logits (usually the first
        shows all: a forgotten ReLU shows only where some maximum over time is negative).
        """
        table = {p.name: p.shape for p in self.parameters(framework)}
        wrong = [v.blueprint for v in self.variants(1) if v.blueprint.has_table(table, framework)]
        best: Weights = {}
        hidden: list[Blueprint] | None = None
        for _ in range(_DRAWS):
            weights = {p.name: p.draw_probe(rng) for p in self.parameters(framework)}
            inputs = self.example_inputs(rng, 16)
            if hidden is None or len(self._hidden(hidden, weights, inputs)) < len(hidden):  # else it can't show more
                missed = self._hidden(wrong, weights, inputs)
                if hidden is None or len(missed) < len(hidden):
                    best, hidden = weights, missed
            if not hidden:
                break
        return best

    def _hidden(self, wrong: list[Blueprint], weights: Weights, inputs: npt.NDArray[Any]) -> list[Blueprint]:
        """The wrong models that give the same logits."""
        logits = self.forward(weights, inputs)
        return [w for w in wrong if float(np.abs(w.forward(weights, inputs) - logits).max()) <= VISIBLE]

    def has_table(self, table: Mapping[str, tuple[int, ...]], framework: Framework) -> bool:
        """Whether the parameters have exactly these names and canonical shapes."""
        return {p.name: p.shape for p in self.parameters(framework)} == table

    def example_inputs(self, rng: np.random.Generator, n: int, length: int = 0) -> npt.NDArray[Any]:
        """Inputs of the right shape: token ids with padding at some ends (id 0), or standard normal numbers.

        Args:
            rng: Source of randomness.
            n: Number of examples.
            length: Time steps; by default a few more than the model needs.
        """
        limits = [layer.id_limit for layer in self.model.walk() if layer.id_limit is not None]
        length = length or self.shortest + 15
        if not limits:
            return rng.normal(size=(n, *(axis for axis in self.inputs.shape if isinstance(axis, int))))
        ids = rng.integers(min(1, min(limits) - 1), min(limits), (n, length))
        words = rng.integers(max(1, length // 2), length + 1, (n, 1))
        return np.where(np.arange(length) < words, ids, 0)

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
        """Logits, computed in float64.

        Args:
            weights: By parameter name, in canonical shape.
            token_ids: int [n, t] (or whatever ``inputs`` says).
            dropout_rng: Source of dropout masks; without one there is no dropout.

        Returns:
            float64 [n, num_classes]; not finite where the weights overflow.

        Raises:
            InternalError: An array of weights or the input has another shape.
            AssignmentError: A token id is outside the vocabulary, or the sequences are too short.
        """
        inputs = np.asarray(token_ids, dtype=None if self.inputs == TOKEN_IDS else np.float64)
        run = Run(self._canonical(weights), dropout_rng)
        if inputs.ndim != 1 + len(self.inputs.shape):
            raise InternalError(f"the model takes {self.inputs}, but got an array of shape {inputs.shape}")
        largest = max(step.output.size(inputs.shape[1]) for step in self.steps)
        rows = max(1, _CHUNK // max(1, largest))
        with np.errstate(all="ignore"):  # trained weights come from outside and may be anything
            starts = range(0, max(1, len(inputs)), rows)
            logits = [self.model.forward(Activations(inputs[s : s + rows]), run).values for s in starts]
        return np.concatenate(logits)

    def _canonical(self, weights: Mapping[str, Array]) -> Weights:
        shapes = {p.name: p.shape for framework in Framework for p in self.parameters(framework)}
        tables = [{p.name for p in self.parameters(framework)} for framework in Framework]
        if not any(names <= weights.keys() for names in tables):
            raise InternalError(f"the weights are incomplete: {sorted(weights)}")
        for name, array in weights.items():
            if shapes.get(name) != np.shape(array):
                raise InternalError(f"{name} has the shape {shapes.get(name)}, not {np.shape(array)}")
        return {name: np.asarray(array, dtype=np.float64) for name, array in weights.items()}

    def variants(self, depth: int = 2) -> Iterator[Variant]:
        """The wrong models that students build: with one mistake, then with two, up to ``depth``."""
        for misconceptions, wrong in wrong_models(Logits(self.model), depth):
            try:
                blueprint = Blueprint(wrong, self.inputs)
            except AssignmentError:  # two mistakes that can't be made together
                continue
            yield Variant(misconceptions, blueprint)

    def alternatives(self) -> Iterator[Blueprint]:
        """The same model as students also write it: the functions are equal, the weights are held in other ways."""
        for written in equal_models(Logits(self.model)):
            yield Blueprint(written, self.inputs)

    def carry_over(self, weights: Mapping[str, Array], framework: Framework) -> Weights | None:
        """The same function's weights in this model's arrays for ``framework``.

        Args:
            weights: Of the plain model (this one, if it is no alternative), for either framework.
            framework: Whose arrays are wanted: an LSTM has one bias in Keras and two in PyTorch.

        Returns:
            Weights by parameter name; None where they don't fit: this is another model, with other parameters.
        """
        carried = dict(weights)
        try:
            for layer in self.model.walk():
                carried |= layer.carry_over(weights, framework)
            fitted = {p.name: carried[p.name] for p in self.parameters(framework)}
        except (KeyError, ValueError):  # other names, other sizes
            return None
        table = {name: array.shape for name, array in fitted.items()}
        return fitted if self.has_table(table, framework) else None
