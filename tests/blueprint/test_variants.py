from __future__ import annotations

import numpy as np
import pytest

from autograder.blueprint import (
    Blueprint,
    Chain,
    Conv1D,
    Dense,
    Embedding,
    Framework,
    GlobalAveragePool1D,
    GlobalMaxPool1D,
    ReLU,
)
from autograder.blueprint.model import VISIBLE

KEYS = {
    "average-pooling",
    "average-before-activation",
    "causal-padding",
    "concat-over-time",
    "full-padding",
    "last-step-pooling",
    "log-softmax-inside",
    "missing-width",
    "no-bias",
    "no-output-bias",
    "no-relu",
    "one-row-too-many",
    "padding-as-zero",
    "relu-on-output",
    "reshape-instead-of-transpose",
    "same-padding",
    "same-width-everywhere",
    "sigmoid-inside",
    "softmax-inside",
    "softmax-over-batch",
    "tanh-instead-of-relu",
}


def test_a_text_cnn_knows_its_misconceptions(text_cnn):
    singles = list(text_cnn().variants(1))
    assert {v.key for v in singles} == KEYS
    assert len({v.says for v in singles}) == len(singles)
    assert sorted(v.says for v in singles if v.key == "missing-width") == [
        f"leaves out the branch conv{k} (1-D convolution, 6 filters of width {k})" for k in (3, 4, 5)
    ]


def test_single_mistakes_come_before_pairs_and_pairs_are_possible(text_cnn):
    variants = list(text_cnn().variants())
    numbers = [len(v.misconceptions) for v in variants]
    assert numbers == sorted(numbers)
    assert set(numbers) == {1, 2}
    keys = {v.key for v in variants}
    assert "average-pooling+softmax-inside" in keys
    assert "no-relu+tanh-instead-of-relu" not in keys, "they exclude each other"
    assert "average-pooling+last-step-pooling" not in keys
    pair = next(v for v in variants if v.key == "no-relu+average-pooling")
    assert pair.says.endswith("; it also averages over time; the handout asks for the maximum")


def test_a_mistake_is_made_in_every_branch(text_cnn):
    table = {v.key: v.blueprint for v in text_cnn().variants(1)}
    assert [row.words for row in table["average-pooling"].layers()].count("average over time") == 3
    assert table["no-bias"].count(Framework.TORCH) == text_cnn().count(Framework.TORCH) - 3 * 6
    widths = [p.shape[0] for p in table["same-width-everywhere"].parameters(Framework.KERAS) if p.name.startswith("c")]
    assert widths == [3, 6, 3, 6, 3, 6]
    joined = table["concat-over-time"]
    assert next(p.shape for p in joined.parameters(Framework.KERAS) if p.name == "output.kernel") == (6, 3)
    assert "[n, 3t - 9, 6]" in [row.output for row in joined.layers()]


@pytest.mark.parametrize("seed", range(12))
def test_no_wrong_model_equals_the_right_one(text_cnn, seed):
    """Random weights show every single mistake, and no pair of mistakes cancels out."""
    rng = np.random.default_rng(seed)
    widths = tuple(sorted(rng.choice(np.arange(2, 7), rng.integers(2, 4), replace=False).tolist()))
    blueprint = text_cnn(
        vocab_size=int(rng.integers(20, 60)),
        embed_dim=int(rng.integers(5, 14)),
        num_filters=int(rng.integers(5, 14)),
        kernel_sizes=widths,
        num_classes=int(rng.integers(2, 6)),
    )
    weights = blueprint.random_weights(rng, Framework.TORCH)
    table = {name: array.shape for name, array in weights.items()}
    ids = blueprint.example_inputs(rng, 48)
    logits = blueprint.forward(weights, ids)
    for variant in blueprint.variants():
        if variant.blueprint.has_table(table, Framework.TORCH):
            difference = np.abs(variant.blueprint.forward(weights, ids) - logits).max()
            assert difference > VISIBLE, variant.key


def test_relu_behind_the_maximum_is_the_same_model(rng):
    def build(*layers):
        return Blueprint(Chain(Embedding("e", 9, 4), Conv1D("c", 5, 2), *layers, Dense("o", 2)))

    before, behind = build(ReLU(), GlobalMaxPool1D()), build(GlobalMaxPool1D(), ReLU())
    weights, ids = before.random_weights(rng, Framework.KERAS), before.example_inputs(rng, 8)
    np.testing.assert_array_equal(before.forward(weights, ids), behind.forward(weights, ids))


def test_the_mistakes_follow_from_what_the_handout_asks_for():
    asked = Chain(Embedding("e", 9, 4), Conv1D("c", 5, 3, padding="same", use_bias=False), GlobalAveragePool1D())
    keys = {v.key for v in Blueprint(Chain(asked, Dense("o", 2))).variants(1)}
    assert {"max-pooling", "no-padding", "last-step-pooling"} <= keys
    assert not keys & {"average-pooling", "same-padding", "no-bias", "no-relu", "missing-width"}
