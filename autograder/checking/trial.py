"""A small training for the checks that look at single steps: a model without randomness, a few texts, exact labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.blueprint import Blueprint, Framework, Tolerance, Weights
from autograder.checking.grading import Grading
from autograder.checking.identify import Identity, identify
from autograder.checking.models import build, drawn_sizes, must_answer
from autograder.checking.verdicts import NotGradable, RestsOn
from autograder.student.model import Floats, Inputs, Model

BATCH = 8
TEXTS = 21  # so that the last batch of an epoch is smaller than the others
BATCHES = -(-TEXTS // BATCH)
NO_LEARNING = 1e-12  # a learning rate that leaves float32 weights as they are
NEARLY_ONE = 1 - 1e-9  # a dropout of 1 is refused by some layers
SHORT_EPOCHS, SHORT_RATE, SEED = 2, 1e-2, 11  # of the short training

Labels = NDArray[np.int64]
Run = tuple[Floats, list[np.ndarray]]


@dataclass(frozen=True)
class Trial:
    """A model without randomness in training, and a few texts with labels for it.

    Attributes:
        start: Weights to begin with.
        meant: Logits of the handout's model with the weights of a wrong one, where they fit into it.
        anew: Builds the same model once more.
        tables: Of the arrays that have a row for each id, their places, and the axis of the rows.
    """

    model: Model
    token_ids: Inputs
    labels: Labels
    start: list[np.ndarray]
    meant: Floats | None = None
    anew: Callable[[], Model] | None = None
    tables: Mapping[int, int] = field(default_factory=dict)

    def logits(self) -> Floats:
        self.model.set_weights(self.start)
        return self.model.forward(self.token_ids, training=False)

    def fit(
        self, token_ids: Inputs, labels: Labels, *, start: list[np.ndarray] | None = None, batch_size: int = BATCH,
        seed: int = 3, **settings: Any,
    ) -> Run:  # fmt: skip
        """Losses and weights after ``fit``, from ``start`` or the trial's own weights.

        Each call trains a model that was built anew: an optimizer that lives as long as its model is as right as one
        that ``fit`` makes, and what it remembers of one call is no business of the next.
        """
        model = self.model if self.anew is None else self.anew()
        model.set_weights(self.start if start is None else start)
        losses = model.fit(token_ids, labels, batch_size=batch_size, seed=seed, **settings).losses
        return losses, model.weights()


def trial(grading: Grading, framework: Framework) -> Trial:
    """Build the student's model without dropout, under the grader's weights."""
    key = ("trial", framework)
    made: Trial = grading.once(key, lambda: _trial(grading, framework), good=lambda made: made.model.alive)
    return made


def _trial(grading: Grading, framework: Framework) -> Trial:
    rng = grading.rng("trial", framework.value)
    sizes = drawn_sizes(grading, 2)
    if grading.blueprint(sizes).has_state:
        raise NotGradable("What a normalization does in training is not recomputed, so single steps are not judged.")
    token_ids = grading.inputs(rng, sizes, TEXTS, trains=True)
    labels = rng.permutation(np.arange(len(token_ids)) % sizes["num_classes"])  # each class is there
    model = _without_dropout(grading, framework, sizes, token_ids)
    identity = identify(grading, model, "trial").identity
    if (identity is not None and identity.blueprint.mixes_examples) or mixes_texts(model, token_ids):
        raise RestsOn(
            "What the model makes of a text depends on the others in its batch: mend its outputs (2.3) first."
        )
    anew = partial(build, grading, framework, model.sizes)
    if identity is None:
        return Trial(model, token_ids, labels, model.weights(), anew=anew, tables=_tables_by_size(model))
    weights = identity.blueprint.random_weights(rng, framework)
    meant = meant_logits(grading.blueprint(model.sizes, framework), identity, weights, token_ids)
    start, tables = identity.match.to_student(weights), _tables(identity)
    return Trial(model, token_ids, labels, start, meant, anew, tables)


def _tables(identity: Identity) -> dict[int, int]:
    """By what each array is: an embedding with a row too many is one as well."""
    placements = [p for p in identity.match.placements if p.parameter.axis_names[:1] == ("words",)]
    return {p.index: p.shape.index(p.parameter.shape[0]) for p in placements}


def _tables_by_size(model: Model) -> dict[int, int]:
    """By the size of the vocabulary, where it isn't known what the arrays are."""
    rows = model.sizes.get("vocab_size")
    return {p.index: p.shape.index(rows) for p in model.parameters if rows in p.shape}


def mixes_texts(model: Model, token_ids: Inputs) -> bool:
    """Whether short texts get other logits among themselves than beside longer ones, which set how far a batch goes."""
    short = np.argsort((token_ids != 0).sum(axis=1), kind="stable")[:BATCH]
    together = model.forward(token_ids, training=False)
    return not Tolerance().agrees(model.forward(token_ids[short], training=False), together[short])


def meant_logits(truth: Blueprint, identity: Identity, weights: Weights, token_ids: Inputs) -> Floats | None:
    """Logits of the handout's model with the weights of a wrong one; None where they don't fit into it.

    Keras' loss looks through a softmax at the model's end, so that it trains as if there were none.
    """
    return truth.forward(weights, token_ids) if identity.shares_parameters_with(truth) else None


def _without_dropout(grading: Grading, framework: Framework, sizes: dict[str, Any], token_ids: Inputs) -> Model:
    """The model with dropout off; for a student who takes the rate for the share to keep, that is nearly 1."""
    model = build(grading, framework, {**sizes, "dropout": 0.0})
    must_answer(model, token_ids)
    still = model.forward(token_ids, training=False)
    if not Tolerance().agrees(model.forward(token_ids, training=False), still):
        raise RestsOn("The model gives other outputs each time, so single steps can't be judged: mend 2.3 first.")
    if not Tolerance().agrees(model.forward(token_ids, training=True), still):
        opposite = build(grading, framework, {**sizes, "dropout": NEARLY_ONE})
        opposite.set_weights(model.weights())
        if Tolerance().agrees(opposite.forward(token_ids, training=True), still):
            return opposite
        raise RestsOn(
            "Dropout stays on whatever the argument `dropout` says, so single steps can't be judged: mend 2.7."
        )
    return model


def short_run(grading: Grading, framework: Framework) -> Run:
    """A short training that several checks look at."""
    run: Run = grading.once(("short run", framework), lambda: run_with(trial(grading, framework), SEED))
    return run


def run_with(b: Trial, seed: int) -> Run:
    """Losses and weights of a short training with this seed."""
    return b.fit(b.token_ids, b.labels, epochs=SHORT_EPOCHS, learning_rate=SHORT_RATE, seed=seed)


def largest_move(a: list[np.ndarray], b: list[np.ndarray]) -> float:
    return max(float(np.abs(x - y).max()) for x, y in zip(a, b, strict=True))
