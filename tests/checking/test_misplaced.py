"""Where dropout stands, told by the logits' scatter: on models in NumPy of the LSTM classifier."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from autograder.assignment import load
from autograder.blueprint import LSTM, Blueprint, Chain, Dense, Dropout, Embedding, Framework
from autograder.checking.misplaced import REPEATS, _SameAtEachStep, _with_dropped_state, place_of_dropout, repeated

ASSIGNMENTS = Path(__file__).parents[2] / "assignments"
ASSIGNMENT, CNN = (load(ASSIGNMENTS / name) for name in ("text-lstm", "text-cnn"))
RATE = 0.2


def behind(kind, layer, rate=RATE):
    return lambda found: Chain(found, layer(rate)) if isinstance(found, kind) else found


PLACES = {
    "words": (behind(Embedding, Dropout), "dropout-on-embedding"),
    "inputs": (behind(Embedding, _SameAtEachStep), "dropout-in-lstm"),
    "state": (lambda layer: _with_dropped_state(layer, RATE, REPEATS), "dropout-in-lstm"),
    "words and state": (behind((Embedding, LSTM), Dropout), None),
    "words at another rate": (behind(Embedding, Dropout, 0.1), None),
    "logits": (behind(Dense, Dropout), None),
}


def named(assignment, edit, seed):
    """The mistake that is named for a model of this assignment with its dropout where ``edit`` puts it."""
    rng = np.random.default_rng(seed)
    blueprint = assignment.blueprint_function()(**assignment.blueprint_function("draw_sizes")(rng))
    weights = blueprint.random_weights(rng, Framework.KERAS)
    texts = blueprint.example_inputs(rng, 5, 9)[1:]
    rest = blueprint.model.rewrite(lambda layer: Dropout(0.0) if isinstance(layer, Dropout) else layer)
    wrong, noise = Blueprint(rest.rewrite(edit)), np.random.default_rng(seed + 70)
    finding = place_of_dropout(
        blueprint, weights, texts, lambda text: wrong.forward(weights, repeated(text), noise), RATE
    )
    return finding and finding.misconception


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("place", PLACES)
def test_each_place_is_named_for_itself_or_not_at_all(place, seed):
    edit, misconception = PLACES[place]
    assert named(ASSIGNMENT, edit, seed) == misconception


@pytest.mark.parametrize("layer", [Dropout, _SameAtEachStep])
def test_a_model_without_a_recurrent_layer_has_no_dropout_inside_one(layer):
    assert named(CNN, behind(Embedding, layer), seed=1) == "dropout-on-embedding"
