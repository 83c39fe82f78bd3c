"""What recurrent layers declare: tables, mistakes that are told apart, and forms that are as right."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from autograder.blueprint import (
    GRU,
    LSTM,
    Bidirectional,
    Blueprint,
    Chain,
    Dense,
    Embedding,
    Framework,
    GlobalMaxPool1D,
    StudentParameter,
    Tolerance,
    Uniform,
    explain_any,
    explain_logits,
    explain_parameters,
    fitting,
    layer_table_markdown,
    matches,
)
from autograder.blueprint.layer import Activations, Run
from autograder.blueprint.model import VISIBLE
from autograder.errors import AssignmentError, InternalError

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
LENGTHS = {
    "empty-text-reads-padding",
    "empty-text-reads-to-end",
    "one-word-short",
    "one-step-on",
    "sorted-not-unsorted",
}
HARMLESS = {
    "cnn, lstm": {"runs-over-padding", "last-position", *LENGTHS},
    "lstm, max": {"padding-as-zero", "runs-over-padding"},
}
# Mistakes that are the same model; the first is named.
SAME = [
    ["mean-over-time", "mean-over-positions", "mean-over-repeats"],  # where every step counts
    ["runs-over-batch", "runs-over-batch"],
    ["max-over-time", "max-over-positions"],
    ["pools-over-padding", "pools-over-zeros"],  # behind an LSTM, which gives zeros at padding
]


# Mistakes that have one table, so that only outputs tell them apart.
TABLES = {
    key: several
    for several in (
        "backward-direction-alone|forward-direction-alone|directions-added|directions-averaged",
        "bidirectional-backward-state|bidirectional-forward-state|bidirectional-added|bidirectional-averaged",
        "two-layers|first-of-two-layers",
    )
    for key in several.split("|")
}
THIRDS = ("gru-instead", "no-forget-gate")  # in PyTorch of three blocks each, with two biases


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
        if name in {"lstm", "gru", "bag of words"} or place % 5 == 0:  # it takes a while
            assert explain_logits(blueprint, framework, weights, ids, found).key == same[0]


@pytest.mark.parametrize("framework", Framework)
@pytest.mark.parametrize("name", NAMES)
def test_mistakes_with_other_arrays_are_named_by_them(over_words, as_students, name, framework):
    blueprint = over_words(name)
    right = sorted(p.native_shape(framework) for p in blueprint.parameters(framework))
    for variant in blueprint.variants(1):
        students = as_students(variant.blueprint, framework)
        if sorted(s.shape for s in students) != right:
            named = explain_parameters(blueprint, framework, students).misconception
            assert named == TABLES.get(variant.key, variant.key) or (
                variant.key in THIRDS and named == "|".join(THIRDS)
            )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ["lstm", "gru", "stacked bidirectional"])
def test_random_weights_show_every_mistake_at_any_sizes(over_words, padded_ids, name, seed):
    rng = np.random.default_rng(seed)
    blueprint = over_words(name, 30 + seed, *rng.permutation(np.arange(3, 14))[:2].tolist(), 2 + seed % 3)
    for framework in Framework:
        weights, ids = blueprint.random_weights(rng, framework), padded_ids(rng, 30)
        right = blueprint.forward(weights, ids)
        for variant in same_table(blueprint, framework):
            if variant.key != "padding-as-zero":
                assert np.abs(variant.blueprint.forward(weights, ids) - right).max() > VISIBLE, variant.key


@pytest.mark.parametrize("name", NAMES)
def test_all_pairs_of_mistakes_can_be_computed(over_words, rng, name):
    some = None if name in {"lstm", "stacked"} else 3
    for variant in islice(over_words(name).variants(), 0, None, some):
        weights = {p.name: p.draw_probe(rng) for p in variant.blueprint.parameters(KERAS)}
        assert variant.blueprint.forward(weights, variant.blueprint.example_inputs(rng, 2, 5)).shape == (2, 3)


def test_counts_are_those_of_the_real_models(over_words):
    blueprint = over_words("lstm", 2000, 64, 64, 2)
    assert (blueprint.count(KERAS), blueprint.count(TORCH)) == (161_154, 161_410)
    assert "| `lstm` | LSTM, 64 units, last state | `[n, 64]` | 33,024 | 33,280 |" in layer_table_markdown(blueprint)
    rows = over_words("stacked bidirectional").layers()
    assert [(row.name, row.words, row.output) for row in rows][1:3] == [
        ("lower", "bidirectional LSTM, 6 units, all steps", "[n, t, 12]"),
        ("upper", "bidirectional LSTM, 6 units, last state", "[n, 12]"),
    ]


def test_a_text_without_words_has_the_zero_state(over_words, rng):
    for name in NAMES[:7]:
        blueprint = over_words(name)
        weights = blueprint.random_weights(rng, TORCH)
        nothing = np.zeros((2, 5), dtype=int)
        np.testing.assert_array_equal(blueprint.forward(weights, nothing), [weights["output.bias"]] * 2)


def test_padding_makes_no_difference_wherever_it_is(over_words, rng):
    for name in NAMES[:7]:
        blueprint = over_words(name)
        weights, ids = blueprint.random_weights(rng, KERAS), rng.integers(1, 40, (4, 6))
        between = np.insert(ids, [0, 3, 3, 6], 0, axis=1)
        expected = blueprint.forward(weights, ids)
        np.testing.assert_allclose(blueprint.forward(weights, between), expected, rtol=0, atol=1e-12)


def by_formula(x, kernel, recurrent, bias):
    """The LSTM of one text, from the formulas."""
    h, c, states = np.zeros(len(recurrent)), np.zeros(len(recurrent)), []
    for word in x:
        i, f, g, o = np.split(word @ kernel + h @ recurrent + bias, 4)
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        h = np.tanh(c) / (1 + np.exp(-o))
        states.append(h)
    return np.array(states)


def test_a_sequence_is_zero_at_padding_and_goes_on_with_its_mask(rng):
    kernel, recurrent, bias = rng.normal(size=(5, 16)), rng.normal(size=(4, 16)), rng.normal(size=16)
    weights = {"l.kernel": kernel, "l.recurrent_kernel": recurrent, "l.bias": bias}
    x, mask = rng.normal(size=(3, 6, 5)), np.arange(6) < np.array([[6], [4], [0]])
    there = LSTM("l", 4, returns="sequence").forward(Activations(x, mask), Run(weights))
    back = LSTM("l", 4, returns="sequence", backwards=True).forward(Activations(x, mask), Run(weights))
    for row, length in enumerate([6, 4, 0]):
        states = by_formula(x[row, :length], kernel, recurrent, bias).reshape(-1, 4)
        np.testing.assert_allclose(there.values[row, :length], states, rtol=0, atol=1e-12)
        states = by_formula(x[row, :length][::-1], kernel, recurrent, bias).reshape(-1, 4)
        np.testing.assert_allclose(back.values[row, :length], states[::-1], rtol=0, atol=1e-12)
        assert not there.values[row, length:].any()
    assert there.mask is mask
    everything = LSTM("l", 4, skip_padding=False).forward(Activations(x, mask), Run(weights)).values
    np.testing.assert_allclose(everything[2], by_formula(x[2], kernel, recurrent, bias)[-1], rtol=0, atol=1e-12)


def test_what_runs_over_padding_on_purpose_may_stop_there_by_mistake(rng):
    layers = Embedding("e", 9, 4), LSTM("l", 5, skip_padding=False), Dense("o", 2)
    keys = {v.key for v in Blueprint(Chain(*layers)).variants(1)}
    assert "stops-at-padding" in keys
    assert not keys & {"runs-over-padding", "empty-text-reads-padding"}


@pytest.mark.parametrize("framework", Framework)
@pytest.mark.parametrize("name", NAMES)
def test_weights_are_carried_from_one_framework_to_the_other(over_words, padded_ids, rng, name, framework):
    blueprint, ids = over_words(name), padded_ids(rng)
    for other in Framework:
        weights = blueprint.random_weights(rng, other)
        carried = blueprint.carry_over(weights, framework)
        assert {n: w.shape for n, w in carried.items()} == {p.name: p.shape for p in blueprint.parameters(framework)}
        expected = blueprint.forward(weights, ids)
        np.testing.assert_allclose(blueprint.forward(carried, ids), expected, rtol=0, atol=1e-12)


def test_weights_are_not_carried_into_another_model(over_words, rng):
    weights = over_words("lstm").random_weights(rng, TORCH)
    for other in (over_words("bidirectional"), over_words("lstm", hidden=5), over_words("lstm", num_classes=2)):
        with pytest.raises(InternalError, match="the weights are those of"):
            other.carry_over(weights, TORCH)


def test_every_alternative_computes_the_same(over_words, padded_ids, rng):
    for name, number in (("lstm", 29), ("gru", 19), ("rnn", 3), ("bidirectional gru", 19)):
        blueprint, ids = over_words(name), padded_ids(rng, n=8)
        weights = blueprint.random_weights(rng, KERAS)
        expected, forms = blueprint.forward(weights, ids), list(blueprint.alternatives())
        assert len(forms) == number
        some = [again for form in forms[:6] for again in islice(form.alternatives(), 0, None, 7)]
        for form in [*forms, *some]:
            found = form.forward(form.carry_over(weights, TORCH), ids)
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_what_fits_the_handouts_arrays_is_the_handouts_model(over_words, as_students):
    for name in NAMES:
        for framework in Framework:
            blueprint = over_words(name)
            assert fitting(blueprint, framework, as_students(blueprint, framework)) is blueprint
            fewer = as_students(blueprint, framework, without=["output.bias"])
            assert fitting(blueprint, framework, fewer) is blueprint


def test_one_bias_or_two_are_accepted_and_none_is_not(over_words, as_students):
    blueprint = over_words("stacked")
    seconds = ["lower.recurrent_bias", "upper.recurrent_bias"]
    one = as_students(blueprint, TORCH, without=seconds)
    assert fitting(blueprint, TORCH, one).count(TORCH) == blueprint.count(TORCH) - 2 * 24
    none = as_students(blueprint, TORCH, without=[*seconds, "lower.bias", "upper.bias"])
    assert fitting(blueprint, TORCH, none) is blueprint
    assert explain_parameters(blueprint, TORCH, none).misconception == "no-recurrent-bias"
    half = as_students(blueprint, TORCH, without=seconds[:1])
    assert fitting(blueprint, TORCH, half) is blueprint
    assert "24 too few: upper has no recurrent_bias" in explain_parameters(blueprint, TORCH, half).message


def test_the_simplest_mistake_of_several_readings_is_found(over_words, padded_ids, rng):
    blueprint, ids = over_words("lstm"), padded_ids(rng)
    weights = blueprint.random_weights(rng, TORCH)
    wrong = {v.key: v.blueprint for v in blueprint.variants()}
    keys = "runs-over-padding+softmax-inside", "softmax-inside"
    pair, single = (wrong[key].forward(weights, ids) for key in keys)
    noise = rng.normal(size=single.shape)
    place, variant = explain_any(blueprint, TORCH, weights, ids, [noise, pair, single])
    assert (place, variant.key) == (2, "softmax-inside")
    assert explain_any(blueprint, TORCH, weights, ids, [noise, noise + 1]) is None
    assert explain_any(blueprint, TORCH, weights, ids, [pair, blueprint.forward(weights, ids)]) is None


@pytest.mark.parametrize("change", ["kernels as in Keras", "one kernel as in Keras", "one of another shape"])
def test_matching_many_equal_shapes_ends_at_once(over_words, change):
    """Eight biases and eight kernels of two shapes: 8! * 4! * 2! * 2! orders, far too many to try all."""
    wanted = over_words("stacked bidirectional").parameters(TORCH)
    shapes = [p.native_shape(TORCH) for p in wanted]
    for place in [1] if change.startswith("one") else range(1, 17):
        if len(shapes[place]) == 2:
            shapes[place] = shapes[place][::-1] if "Keras" in change else (shapes[place][0] * 2, shapes[place][1] / 2)
    students = [StudentParameter(i, f"p{i}", tuple(map(int, shape))) for i, shape in enumerate(shapes)]
    found = next(matches(over_words("stacked bidirectional"), TORCH, students), None)
    if "shape" in change:
        assert found is None
    else:
        assert [p.index for p in found.placements] == list(range(len(wanted)))


def test_each_framework_starts_as_it_does(over_words, rng):
    blueprint = over_words("lstm", hidden=50)
    keras, torch = (blueprint.initial_weights(rng, framework) for framework in Framework)
    np.testing.assert_array_equal(keras["lstm.bias"], np.repeat([0, 1, 0, 0], 50))
    recurrent = keras["lstm.recurrent_kernel"]
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(50), rtol=0, atol=1e-12)
    for name in ("kernel", "recurrent_kernel", "bias", "recurrent_bias"):
        assert 0.9 / np.sqrt(50) < np.abs(torch[f"lstm.{name}"]).max() <= 1 / np.sqrt(50)
    prescribed = LSTM("l", 4, initializer=Uniform(0.1)).parameters(blueprint.steps[0].output, TORCH)
    assert [p.initializer == Uniform(0.1) for p in prescribed] == [True, True, False, False]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (GRU("g", 4), 'GRU "g" takes a sequence [n, t, c], but gets token ids'),
        (Bidirectional(LSTM("l", 4)), 'Bidirectional "l" takes a sequence [n, t, c], but gets token ids'),
    ],
)
def test_what_they_take(layer, message):
    with pytest.raises(AssignmentError) as caught:
        Blueprint(Chain(layer, Dense("o", 2)))
    assert message in str(caught.value)


@pytest.mark.parametrize("framework", Framework)
def test_advice_on_a_wrong_size(over_words, as_students, framework):
    students = as_students(over_words("gru", hidden=9), framework)
    finding = explain_parameters(over_words("gru"), framework, students)
    assert "the layer gru has 9 units instead of 6" in finding.message
    assert "the kernel of gru is" in finding.details
    assert finding.advice == "the state of gru has 6 features, and each of its 3 gates as many"


DECLARED = """
Blueprint(
    Chain(
        Embedding("embedding", 2000, 64),
        Bidirectional(LSTM("lower", 64, returns="sequence")),
        Bidirectional(LSTM("upper", 64, returns="sequence")),
        GlobalMaxPool1D(skip_padding=True),
        Dense("output", 2),
    )
)
"""


def test_a_declaration_is_short(rng):
    names = Blueprint, Chain, Embedding, Bidirectional, LSTM, GlobalMaxPool1D, Dense
    blueprint = eval(DECLARED, {thing.__name__: thing for thing in names})
    assert len(DECLARED.strip().splitlines()) <= 15
    assert blueprint.forward(blueprint.random_weights(rng, KERAS), blueprint.example_inputs(rng, 3)).shape == (3, 2)
