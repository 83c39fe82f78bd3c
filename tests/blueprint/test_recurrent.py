"""What recurrent layers declare: tables, mistakes that are told apart, and forms that are as right."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.blueprint import (
    Framework,
    Tolerance,
    explain_logits,
)

KERAS, TORCH = Framework.KERAS, Framework.TORCH
NAMES = [
    "lstm",
    "gru",
    "rnn",
    "stacked",
    "bidirectional",
    "bidirectional gru",
    "stacked bidirectional",
    "cnn, lstm",
    "lstm, max",
    "bag of words",
]
# Mistakes that make no difference: what skips padding never sees its embedding; a convolution leaves none to skip; and
# an LSTM that runs on over the padding gives the same at the words, if only those count behind it.
HARMLESS = {
    "cnn, lstm": {"runs-over-padding", "empty-text-reads-padding", "last-position"},
    "lstm, max": {"padding-as-zero", "runs-over-padding"},
}
# Mistakes that are the same model; the first is named.
SAME = [
    ["mean-over-time", "mean-over-positions"],  # where every step counts
    ["max-over-time", "max-over-positions"],
    ["pools-over-padding", "pools-over-zeros"],  # behind an LSTM, which gives zeros at padding
]


def same_table(blueprint, framework):
    table = {p.name: p.shape for p in blueprint.parameters(framework)}
    return [v for v in blueprint.variants(1) if v.blueprint.has_table(table, framework)]


@pytest.mark.parametrize("framework", Framework)
@pytest.mark.parametrize("name", NAMES)
def test_every_mistake_is_named_for_itself_and_no_other(over_words, padded_ids, rng, name, framework):
    blueprint = over_words(name)
    weights, ids = blueprint.random_weights(rng, framework), padded_ids(rng)
    right, wrong = blueprint.forward(weights, ids), same_table(blueprint, framework)
    logits = [v.blueprint.forward(weights, ids) for v in wrong]
    for place, variant in enumerate(wrong):
        found = logits[place].astype(np.float32)
        if variant.key in HARMLESS.get(name, {"padding-as-zero"}):
            assert Tolerance().agrees(found, right), variant.key
            continue
        same = [other.key for other, answer in zip(wrong, logits, strict=True) if Tolerance().agrees(found, answer)]
        assert same == [variant.key] or (same in SAME and name in {"cnn, lstm", "lstm, max"})
        assert np.abs(found - right).max() > 0.01, variant.key
        assert explain_logits(blueprint, framework, weights, ids, found).key == same[0]
