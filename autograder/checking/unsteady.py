"""Models that answer something else each time: because of dropout or other noise, or since they remember."""

from __future__ import annotations

from itertools import islice

import numpy as np

from autograder.blueprint import Blueprint, Dropout, Framework, Layer, Tolerance, fitting, matches
from autograder.checking.grading import Grading
from autograder.checking.misplaced import alike, repeated
from autograder.checking.models import build, drawn_sizes
from autograder.errors import Finding, SubmissionError
from autograder.student.model import Floats, Model

MOST_READINGS = 8  # orders of equal-shaped parameters to try

_ADVICE = {
    Framework.KERAS: "Leave out stateful=True, and create no variables for the state.",
    Framework.TORCH: "Don't keep the states in the module: a recurrent layer that gets none begins with zeros.",
}
KEEPS_STATE = {
    framework: Finding(
        "The model keeps its state from one call to the next: the same texts get other outputs the second time.",
        expected="every text read from a state of zeros",
        found="the handout's outputs at the first call, and others at the second",
        advice=advice,
        misconception="state-kept",
    )
    for framework, advice in _ADVICE.items()
}


def keeps_state(grading: Grading, framework: Framework) -> bool:
    """Whether a fresh model gives the handout's outputs at its first call, and others at the second.

    Dropout that stays on gives others already at the first.
    """
    found: bool = grading.once(("keeps state", framework), lambda: _keeps_state(grading, framework))
    return found


def _keeps_state(grading: Grading, framework: Framework) -> bool:
    sizes, rng = drawn_sizes(grading, 0), grading.rng("keeps state", framework.value)
    inputs = grading.inputs(rng, sizes)
    model = build(grading, framework, sizes)
    truth = fitting(grading.blueprint(sizes, framework), framework, model.parameters)
    weights = truth.random_weights(rng, framework)
    wanted = truth.forward(weights, inputs)
    for match in islice(matches(truth, framework, model.parameters), MOST_READINGS):
        fresh = build(grading, framework, sizes)
        try:
            fresh.set_weights(match.to_student(weights))
            if Tolerance().agrees(fresh.forward(inputs, training=False), wanted):
                return not Tolerance().agrees(fresh.forward(inputs, training=False), wanted)
        except SubmissionError:
            return False
    return False


DROPOUT_STAYS_ON = Finding(
    "The model gives other outputs each time that it is called for prediction: dropout is still on.",
    expected="dropout off when training=False (Keras) or after model.eval() (PyTorch)",
    found="outputs that vary as dropout makes them vary",
    advice="Use the framework's Dropout layer, and don't pass training=True inside the model. nn.functional.dropout "
    "needs training=self.training.",
    misconception="dropout-in-predict",
)
RANDOM = Finding(
    "The model gives other outputs each time that it is called for prediction: something in it is drawn at random.",
    expected="the same outputs for the same inputs, without dropout",
    found="outputs that vary where dropout=0 as well, and not as dropout makes them vary",
    advice="Look for torch.randn, torch.rand or torch.empty (keras.random in Keras) in the forward pass: the first "
    "state of a recurrent layer, for example, is zeros and not drawn. Look for noise layers, too.",
    misconception="random-in-model",
)


def noise(grading: Grading, framework: Framework) -> Finding:
    """What to say of a model whose outputs vary from call to call, and which keeps no state.

    It is dropout if nothing varies at the rate 0, or if the logits scatter as the handout's dropout of some rate does:
    the rate may not be the argument's. Else it isn't known what it is.
    """
    found: Finding = grading.once(("noise", framework), lambda: _noise(grading, framework))
    return found


def _noise(grading: Grading, framework: Framework) -> Finding:
    sizes, rng = drawn_sizes(grading, 0), grading.rng("noise", framework.value)
    without = build(grading, framework, {**sizes, "dropout": 0.0})
    if not varies(without, grading.inputs(rng, sizes)):
        return DROPOUT_STAYS_ON
    return DROPOUT_STAYS_ON if _varies_as_dropout(grading, without, rng) else RANDOM


def varies(model: Model, inputs: np.ndarray) -> bool:
    """Whether two calls without dropout, each with a seed of its own, give different outputs."""
    one, two = (model.forward(inputs, training=False, seed=seed) for seed in (1, 2))
    return not Tolerance().agrees(one, two)


def _varies_as_dropout(grading: Grading, model: Model, rng: np.random.Generator) -> bool:
    """Whether the model is the handout's with dropout at a rate of its own, told by how far its logits scatter."""
    truth = fitting(grading.blueprint(model.sizes, model.framework), model.framework, model.parameters)
    weights, texts = truth.random_weights(rng, model.framework), grading.inputs(rng, model.sizes, 2)
    still = [truth.forward(weights, text[None])[0] for text in texts]
    half = Blueprint(truth.model.rewrite(_at_half), truth.inputs, truth.ends)
    by_half = [half.forward(weights, repeated(text), rng) for text in texts]
    for match in islice(matches(truth, model.framework, model.parameters), MOST_READINGS):
        model.set_weights(match.to_student(weights))
        found = [model.forward(repeated(text), training=False, seed=3) for text in texts]
        if all(_as_much(f, h, s) for f, h, s in zip(found, by_half, still, strict=True)):
            return True
    return False


def _at_half(layer: Layer) -> Layer:
    return Dropout(0.5) if isinstance(layer, Dropout) else layer


def _as_much(found: Floats, by_half: Floats, still: Floats) -> bool:
    """Whether logits scatter around those without dropout as by dropout of 0.5, but for one factor.

    Dropout at a rate r makes the covariance r / (1 - r) times that at 0.5, and leaves the mean.
    """
    factor = np.sqrt(found.var(axis=0).sum() / max(by_half.var(axis=0).sum(), 1e-12))
    return alike(found - still, (by_half - still) * factor)
