"""Dropout in another place than the handout's: which one, told by how the logits scatter together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from autograder.blueprint import Blueprint, Chain, Dropout, Embedding, Layer, Weights
from autograder.blueprint.cells import LSTMCell
from autograder.blueprint.layer import Activations, Run
from autograder.blueprint.parameter import Array
from autograder.blueprint.recurrent import Recurrent
from autograder.blueprint.signal import Signal
from autograder.errors import Finding
from autograder.student.model import Floats, Inputs

REPEATS = 3000
COVARIANCE = 0.2  # relative: estimates of 3,000 repeats each differ by about 0.05
MEAN_ERRORS = 6  # standard errors
Edit = Callable[[Layer], Layer]

ON_WORDS = Finding(
    "Dropout acts on the embedded words instead of on the features in front of the dense layer.",
    advice="Move Dropout right in front of the dense layer.",
    misconception="dropout-on-embedding",
)
IN_LSTM = Finding(
    "Dropout acts inside the recurrent layer instead of on the features in front of the dense layer.",
    advice="Keras' arguments dropout and recurrent_dropout drop what the layer reads: leave them out, and put a "
    "Dropout layer right in front of the dense layer.",
    misconception="dropout-in-lstm",
)


def place_of_dropout(
    blueprint: Blueprint, weights: Weights, texts: Inputs, scatter: Callable[[Inputs], Floats], rate: float
) -> Finding | None:
    """Name the place whose dropout scatters the logits as the model's does; None if none or several do.

    Args:
        blueprint: What the model computes, dropout where the handout has it.
        weights: The model's.
        texts: int64 [n, t]; where two places scatter one alike, the next one tells.
        scatter: Logits of the model in training for one of them, repeated, float64 [REPEATS, num_classes].
        rate: The rate of dropout.
    """
    recurrent = any(isinstance(layer, Recurrent) for layer in blueprint.model.walk())
    on_all_words = IN_LSTM if recurrent else ON_WORDS  # without such a layer: SpatialDropout1D on the words
    places: list[tuple[Finding, Edit]] = [
        (ON_WORDS, lambda layer: Chain(layer, Dropout(rate)) if isinstance(layer, Embedding) else layer),
        (on_all_words, lambda layer: Chain(layer, _SameAtEachStep(rate)) if isinstance(layer, Embedding) else layer),
        (IN_LSTM, lambda layer: _with_dropped_state(layer, rate, REPEATS)),
    ]
    rest = blueprint.model.rewrite(lambda layer: Dropout(0.0) if isinstance(layer, Dropout) else layer)
    moved = [(finding, Blueprint(rest.rewrite(edit), blueprint.inputs, blueprint.ends)) for finding, edit in places]
    left = [(finding, other) for finding, other in moved if other.model != rest]
    for text in texts:
        found = scatter(text)
        left = [(f, o) for f, o in left if alike(found, o.forward(weights, repeated(text), np.random.default_rng(1)))]
        if len(left) <= 1:
            break
    return left[0][0] if len(left) == 1 else None


def repeated(text: Inputs) -> Inputs:
    """One text as a batch, int64 [REPEATS, t]: each row gets a dropout mask of its own."""
    return np.repeat(text[None], REPEATS, axis=0)


def same_mean(found: Floats, wanted: Floats) -> bool:
    """Means within some standard errors of each other, at every class."""
    error = np.sqrt((found.var(axis=0) + wanted.var(axis=0)) / len(found))
    return bool((np.abs(found.mean(axis=0) - wanted.mean(axis=0)) <= MEAN_ERRORS * error + 1e-4).all())


def alike(found: Floats, wanted: Floats) -> bool:
    """Whether logits scatter alike: around the same means, as far, and the classes together in the same way."""
    a, b = np.cov(found.T), np.cov(wanted.T)
    return same_mean(found, wanted) and bool(np.linalg.norm(a - b) <= COVARIANCE * np.linalg.norm(b))


@dataclass(frozen=True)
class _SameAtEachStep(Layer):
    """Dropout that drops the same features at all steps of a text, as Keras' recurrent layers do."""

    rate: float

    @property
    def words(self) -> str:
        return f"dropout of {self.rate:g}, the same at each step"

    def output(self, signal: Signal, /) -> Signal:
        return signal

    def forward(self, x: Activations, run: Run, /) -> Activations:
        if run.dropout_rng is None:
            return x
        n, _, features = x.values.shape
        kept = run.dropout_rng.random((n, 1, features)) >= self.rate
        return x.with_values(x.values * kept / (1 - self.rate))


def _with_dropped_state(layer: Layer, rate: float, n: int) -> Layer:
    if not isinstance(layer, Recurrent) or type(layer.cell) is not LSTMCell:
        return layer
    kept = np.random.default_rng(2).random((n, layer.units)) >= rate
    return replace(layer, cell=_DroppedState(kept=kept / (1 - rate)))


@dataclass(frozen=True, eq=False)
class _DroppedState(LSTMCell):
    """The LSTM's cell with dropout on the hidden state that the gates get, the same at each step.

    ``kept`` has a row for each text of the batch, so a batch is one text, repeated, and goes through in one piece.
    """

    kept: Array | None = None

    def step(self, inputs: Array, state: Array, recurrent: Array, recurrent_bias: Array) -> Array:
        if self.kept is None or len(self.kept) < state.shape[1]:
            return super().step(inputs, state, recurrent, recurrent_bias)
        state = state.copy()
        state[0] *= self.kept[: state.shape[1]]
        return super().step(inputs, state, recurrent, recurrent_bias)
