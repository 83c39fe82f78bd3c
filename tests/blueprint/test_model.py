from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from autograder.blueprint import (
    Blueprint,
    Chain,
    Conv1D,
    Dense,
    Dropout,
    Embedding,
    Framework,
    GlobalMaxPool1D,
    Parallel,
    ReLU,
)
from autograder.errors import AssignmentError, InternalError


def test_counts_are_those_of_the_real_models(text_cnn):
    blueprint = text_cnn(vocab_size=2000, embed_dim=64, num_filters=64, num_classes=2)
    assert {framework: blueprint.count(framework) for framework in Framework} == {"keras": 177_730, "torch": 177_730}


def test_parameters_have_the_layout_of_each_framework(text_cnn):
    conv = next(p for p in text_cnn().parameters(Framework.TORCH) if p.name == "conv4.kernel")
    assert (conv.shape, conv.native_shape(Framework.KERAS)) == ((4, 7, 6), (4, 7, 6))
    assert conv.native_shape(Framework.TORCH) == (6, 7, 4)
    assert conv.label(Framework.KERAS) == "width 4 × 7 in × 6 out"
    assert conv.label(Framework.TORCH) == "6 out × 7 in × width 4"
    array = np.arange(conv.size, dtype=float).reshape(conv.shape)
    np.testing.assert_array_equal(conv.to_native(array, Framework.TORCH), array.transpose(2, 1, 0))


def test_layers_say_what_they_are_and_give(text_cnn):
    rows = text_cnn().layers()
    assert [(row.name, row.words, row.output) for row in rows][:4] == [
        ("embedding", "embedding, 40 ids to 7 features", "[n, t, 7]"),
        ("conv3", "1-D convolution, 6 filters of width 3", "[n, t - 2, 6]"),
        ("", "ReLU", "[n, t - 2, 6]"),
        ("", "maximum over time", "[n, 6]"),
    ]
    assert (rows[-3].words, rows[-3].output) == ("the 3 branches concatenated", "[n, 18]")


def naive(weights, ids, widths):
    """The TextCNN in loops, straight from the paper."""
    logits = []
    for sentence in ids:
        words = [weights["embedding.table"][i] for i in sentence]
        pooled = []
        for width in widths:
            kernel, bias = weights[f"conv{width}.kernel"], weights[f"conv{width}.bias"]
            for f in range(len(bias)):
                windows = range(len(words) - width + 1)
                sums = [sum(words[s + j] @ kernel[j, :, f] for j in range(width)) + bias[f] for s in windows]
                pooled.append(max(0.0, *sums))
        logits.append(np.array(pooled) @ weights["output.kernel"] + weights["output.bias"])
    return np.array(logits)


def test_forward_is_the_papers(text_cnn, rng):
    blueprint = text_cnn()
    weights = blueprint.random_weights(rng, Framework.KERAS)
    ids = blueprint.example_inputs(rng, 5, 9)
    np.testing.assert_allclose(blueprint.forward(weights, ids), naive(weights, ids, (3, 4, 5)), rtol=0, atol=1e-12)


def test_forward_does_not_depend_on_how_many_rows_go_at_once(text_cnn, rng, monkeypatch):
    blueprint = text_cnn()
    weights, ids = blueprint.random_weights(rng, Framework.KERAS), blueprint.example_inputs(rng, 23)
    outputs = []
    for chunk in (1, 700, 10**9):
        monkeypatch.setattr("autograder.blueprint.model._CHUNK", chunk)
        outputs.append([blueprint.forward(weights, ids), blueprint.forward(weights, ids, np.random.default_rng(3))])
    np.testing.assert_allclose(outputs[0], outputs[1], rtol=0, atol=1e-12)
    np.testing.assert_allclose(outputs[0], outputs[2], rtol=0, atol=1e-12)
    assert blueprint.forward(weights, ids[:0]).shape == (0, 3)


def test_example_texts_have_padding_but_the_first(text_cnn, rng):
    for _ in range(20):
        ids = text_cnn().example_inputs(rng, 6, 9)
        words = ids != 0
        assert words[0].all()
        assert words[:, 0].all()
        assert (np.sort(words, axis=1)[:, ::-1] == words).all(), "padding stands at the end"


def test_dropout_is_inverted_and_only_on_request(text_cnn, rng):
    blueprint = text_cnn(dropout=0.25)
    weights = blueprint.random_weights(rng, Framework.KERAS)
    ids = np.repeat(blueprint.example_inputs(rng, 1), 4_000, axis=0)
    plain, dropped = blueprint.forward(weights, ids), blueprint.forward(weights, ids, rng)
    assert np.ptp(plain, axis=0).max() < 1e-12
    assert dropped.std(axis=0).min() > 0.1
    standard_error = dropped.std(axis=0) / np.sqrt(len(dropped))
    assert (np.abs(dropped.mean(axis=0) - plain[0]) < 5 * standard_error).all()


def test_random_weights_make_logits_of_order_one_and_keep_every_unit_alive(text_cnn, rng):
    for seed in range(5):
        blueprint = text_cnn(vocab_size=300, embed_dim=20 + seed, num_filters=16)
        weights = blueprint.random_weights(np.random.default_rng(seed), Framework.TORCH)
        ids = blueprint.example_inputs(rng, 64, 20)
        logits = blueprint.forward(weights, ids)
        assert logits.std(axis=0).min() > 0.1
        assert np.abs(logits).max() < 20
        assert all((array != 0).all() for array in weights.values())
        for name in weights:  # knocking out any one row of filters or words shows
            changed = weights | {name: np.zeros_like(weights[name])}
            assert np.abs(blueprint.forward(changed, ids) - logits).max() > 0.05, name


def test_initial_weights_are_drawn_as_the_handout_says(text_cnn, rng):
    weights = text_cnn(vocab_size=500).initial_weights(rng, Framework.KERAS)
    assert 0.24 < np.abs(weights["embedding.table"]).max() <= 0.25
    assert not weights["conv3.bias"].any()
    limit = np.sqrt(6 / (3 * (7 + 6)))
    assert 0.9 * limit < np.abs(weights["conv3.kernel"]).max() <= limit


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ((Dense("output", 2),), 'step 1: Dense "output" takes a vector [n, c], but gets token ids [n, t] [n, t]'),
        (
            (Embedding("e", 5, 3), Parallel(Chain(Conv1D("c", 3, 2), GlobalMaxPool1D(), ReLU(), GlobalMaxPool1D()))),
            "step 2: branch 1: step 4: GlobalMaxPool1D takes a sequence [n, t, c], but gets a vector [n, c] [n, 3]",
        ),
        (
            (Embedding("e", 5, 3), Parallel(Conv1D("c2", 3, 2), Conv1D("c3", 3, 3))),
            "step 2: Parallel can't concatenate its branches on the features axis: [n, t - 1, 3], [n, t - 2, 3]",
        ),
        ((Embedding("e", 5, 3), Parallel()), "no branch"),
        (
            (Embedding("e", 5, 3), Parallel(GlobalMaxPool1D(), join="time")),
            "step 2: branch 1 gives [n, 3]; only sequences can be concatenated in time",
        ),
        ((Embedding("e", 5, 3), Conv1D("c", 4, 2)), "the model ends in a sequence [n, t, c] [n, t - 1, 4], but logits"),
        ((Embedding("e", 5, 3), Conv1D("c", 4, 2), Conv1D("c", 4, 2), GlobalMaxPool1D()), "two layers are called c"),
    ],
)
def test_layers_that_do_not_fit_together_say_where(layers, message):
    with pytest.raises(AssignmentError) as caught:
        Blueprint(Chain(*layers))
    assert message in str(caught.value)


def test_a_rate_of_one_is_no_dropout():
    with pytest.raises(AssignmentError, match="less than 1, not 1"):
        Dropout(1)


def test_what_forward_refuses(text_cnn, rng):
    blueprint = text_cnn()
    weights, ids = blueprint.random_weights(rng, Framework.KERAS), blueprint.example_inputs(rng, 4)
    with pytest.raises(AssignmentError, match="rows for the token ids 0 to 39, but ids from -1 to 3"):
        blueprint.forward(weights, np.array([[-1, 1, 2, 3, 1]]))
    with pytest.raises(AssignmentError, match='Conv1D "conv5" has width 5, but the sequences have only 4 steps'):
        blueprint.forward(weights, ids[:, :4])
    with pytest.raises(InternalError, match=r"takes \[n, t\], but got an array of shape \(20,\)"):
        blueprint.forward(weights, ids[0])
    with pytest.raises(InternalError, match=r"output.bias has the shape \(3,\), not \(1,\)"):
        blueprint.forward(weights | {"output.bias": np.zeros(1)}, ids)
    with pytest.raises(InternalError, match="incomplete"):
        blueprint.forward({"output.bias": np.zeros(3)}, ids)


def test_overflowing_weights_give_nan_and_no_warning(text_cnn, rng):
    blueprint = text_cnn()
    weights = {name: w * 1e300 for name, w in blueprint.random_weights(rng, Framework.KERAS).items()}
    assert not np.isfinite(blueprint.forward(weights, blueprint.example_inputs(rng, 4))).all()


def test_importing_the_package_loads_no_framework():
    code = "import sys, autograder.blueprint; print([m for m in ('torch', 'tensorflow', 'keras') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
