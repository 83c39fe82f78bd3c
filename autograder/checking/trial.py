"""A small training for the checks that look at single steps: a model without randomness, a few texts, exact labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.blueprint import Blueprint, Framework, Tolerance, Weights
from autograder.checking.grading import Grading
from autograder.checking.identify import Identity, identify
from autograder.checking.models import build, drawn_sizes, must_answer
from autograder.checking.verdicts import NotGradable, RestsOn
from autograder.student.model import Fitted, Floats, Inputs, Model

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
    """

    model: Model
    token_ids: Inputs
    labels: Labels
    start: list[np.ndarray]
    meant: Floats | None = None

    def logits(self) -> Floats:
        self.model.set_weights(self.start)
        return self.model.forward(self.token_ids, training=False)


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
    labels = rng.integers(0, sizes["num_classes"], len(token_ids))
    model = _without_dropout(grading, framework, sizes, token_ids)
    identity = identify(grading, model, "trial").identity
    if (identity is not None and identity.blueprint.mixes_examples) or mixes_texts(model, token_ids):
        raise RestsOn(
            "What the model makes of a text depends on the others in its batch: mend its outputs (2.3) first."
        )
    if identity is None:
        return Trial(model, token_ids, labels, model.weights())
    weights = identity.blueprint.random_weights(rng, framework)
    meant = meant_logits(grading.blueprint(model.sizes, framework), identity, weights, token_ids)
    return Trial(model, token_ids, labels, identity.match.to_student(weights), meant)


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
    fitted = fit(b, epochs=SHORT_EPOCHS, learning_rate=SHORT_RATE, seed=seed)
    return fitted.losses, b.model.weights()


def fit(b: Trial, *, epochs: int, learning_rate: float, seed: int = 3) -> Fitted:
    b.model.set_weights(b.start)
    return b.model.fit(b.token_ids, b.labels, epochs=epochs, batch_size=BATCH, learning_rate=learning_rate, seed=seed)


def largest_move(a: list[np.ndarray], b: list[np.ndarray]) -> float:
    return max(float(np.abs(x - y).max()) for x, y in zip(a, b, strict=True))
