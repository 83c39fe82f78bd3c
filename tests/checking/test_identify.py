"""Which model is it? Tried on models that compute in NumPy what a blueprint says, so that the answer is known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from autograder.assignment import load
from autograder.blueprint import LSTM, Bidirectional, Blueprint, Chain, Dense, Framework, Layer, Tolerance, diagnosis
from autograder.checking.grading import PROBES
from autograder.checking.identify import MOST_READINGS, MOST_TABLES, identify
from autograder.checking.models import DRAWS, drawn_model, drawn_probe, drawn_sizes

WIDTHS = (1, 2, 3, 4)
FOUR = {"vocab_size": 40, "embed_dim": 7, "num_filters": 6, "kernel_sizes": WIDTHS, "num_classes": 5, "dropout": 0.5}
KERNELS, BIASES = [f"conv{k}.kernel" for k in WIDTHS], [f"conv{k}.bias" for k in WIDTHS]
SAME_PARAMETERS = [
    "average-pooling",
    "causal-padding",
    "full-padding",
    "last-step-pooling",
    "log-softmax-inside",
    "no-relu",
    "relu-on-output",
    "reshape-instead-of-transpose",
    "same-padding",
    "sigmoid-inside",
    "softmax-inside",
    "tanh-instead-of-relu",
]
OTHER_PARAMETERS = ["concat-over-time", "missing-width", "no-bias", "no-output-bias", "same-width-everywhere"]
PAIRS = [
    ("same-padding", "softmax-inside"),
    ("no-relu", "average-pooling"),
    ("full-padding", "same-width-everywhere"),
    ("no-bias", "no-relu"),
    ("reshape-instead-of-transpose", "last-step-pooling"),
    ("missing-width", "softmax-inside"),
]


def keys(identity) -> tuple[str, ...]:
    return tuple(misconception.key for misconception in identity.misconceptions)


def variant(*wanted: str):
    """Turns a blueprint into its first variant of these misconceptions."""

    def wrong(blueprint: Blueprint) -> Blueprint:
        known = blueprint.variants(len(wanted))
        return next(v.blueprint for v in known if tuple(m.key for m in v.misconceptions) == wanted)

    return wrong


def same_function(one: Blueprint, other: Blueprint, framework: Framework) -> bool:
    rng = np.random.default_rng(99)
    weights, token_ids = one.random_weights(rng, framework), rng.integers(1, 30, (50, 14))
    return Tolerance().agrees(one.forward(weights, token_ids), other.forward(weights, token_ids))


@pytest.mark.parametrize("framework", Framework)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_handouts_model_is_right_at_all_sizes(numpy_grading, framework, seed):
    grading = numpy_grading(seed=seed)
    for draw in range(DRAWS):
        probe = drawn_probe(grading, framework, draw)
        assert probe.identity.right
        assert probe.comparable
        assert probe.same_twice
        assert probe.difference < 1e-4


@pytest.mark.parametrize("framework", Framework)
@pytest.mark.parametrize("key", SAME_PARAMETERS + OTHER_PARAMETERS)
def test_each_mistake_is_named_and_no_other(numpy_grading, key, framework):
    grading = numpy_grading(variant(key))
    named = set()
    for draw in range(DRAWS):
        probe, made = drawn_probe(grading, framework, draw), drawn_model(grading, framework, draw).blueprint
        assert keys(probe.identity) == (key,) or same_function(probe.identity.blueprint, made, framework)
        assert probe.comparable is (key in SAME_PARAMETERS)
        assert probe.identity.says
        assert not probe.identity.right
        named.add(keys(probe.identity))
    assert (key,) in named  # at widths of 1 and 2, full padding is the same as another; not at all sizes


@pytest.mark.parametrize("pair", PAIRS)
def test_pairs_of_mistakes_are_named_or_an_equal_model_is(numpy_grading, pair):
    grading = numpy_grading(variant(*pair))
    probe = drawn_probe(grading, Framework.TORCH, 0)
    if keys(probe.identity) != pair:
        made = drawn_model(grading, Framework.TORCH, 0).blueprint
        assert same_function(probe.identity.blueprint, made, Framework.TORCH)
        assert not probe.identity.right


def test_what_is_done_to_padding_shows(numpy_grading):
    probe = drawn_probe(numpy_grading(variant("padding-as-zero")), Framework.KERAS, 0)
    assert [m.key for m in probe.identity.misconceptions] == ["padding-as-zero"]


def test_a_model_that_is_none_of_those_known_stays_unnamed(numpy_grading):
    def two_dense_layers(blueprint: Blueprint) -> Blueprint:
        def edit(layer: Layer) -> Layer:
            return Chain(layer, Dense("another", layer.units)) if isinstance(layer, Dense) else layer

        return Blueprint(blueprint.model.rewrite(edit))

    probe = drawn_probe(numpy_grading(two_dense_layers), Framework.TORCH, 0)
    assert (probe.identity, probe.comparable, probe.difference) == (None, False, np.inf)


def test_an_odd_computation_with_the_right_parameters_stays_unnamed(numpy_grading, monkeypatch):
    grading = numpy_grading()
    model = drawn_model(grading, Framework.TORCH, 0)
    plain = model._logits
    monkeypatch.setattr(model, "_logits", lambda token_ids, rng: 1.01 * plain(token_ids, rng))
    probe = drawn_probe(grading, Framework.TORCH, 0)
    assert (probe.identity, probe.comparable, probe.same_twice) == (None, True, True)
    assert 1e-3 < probe.difference < 1


def test_a_model_that_is_random_when_it_predicts(numpy_grading):
    probe = drawn_probe(numpy_grading(dropout_at_all_times=True), Framework.KERAS, 0)
    assert (probe.identity, probe.comparable, probe.same_twice) == (None, True, False)


@pytest.mark.parametrize("biases", list(permutations(BIASES))[::5])
def test_biases_of_one_shape_are_told_apart_in_any_order(numpy_grading, biases):
    order = [*KERNELS[::-1], "output.bias", *biases]
    grading = numpy_grading(order=order)
    model = grading.student.module(Framework.KERAS).build(FOUR)
    identity = identify(grading, model, "order").identity
    assert identity.right
    placed = sorted(identity.match.placements, key=lambda placement: placement.index)
    assert [p.parameter.name for p in placed][: len(order)] == order


def test_a_mistake_is_named_in_an_odd_order_too(numpy_grading):
    grading = numpy_grading(variant("average-pooling"), order=[*BIASES[1:], BIASES[0]])
    model = grading.student.module(Framework.TORCH).build({**FOUR, "kernel_sizes": (1, 2, 3)})
    assert keys(identify(grading, model, "order").identity) == ("average-pooling",)


def test_orders_are_tried_before_mistakes(numpy_grading, monkeypatch):
    """A correct model in an odd order must not pay for hundreds of wrong ones at each candidate."""

    def never(*_):
        raise AssertionError("a mistake was looked for in a correct model")

    monkeypatch.setattr("autograder.checking.identify.explain_any", never)
    grading = numpy_grading(order=[*KERNELS, *BIASES[::-1]])
    model = grading.student.module(Framework.KERAS).build(FOUR)
    assert identify(grading, model, "order").identity.right


def test_probes_are_long_enough_and_train_on_no_padding_where_it_is_a_word(numpy_grading):
    for seed in range(20):
        assert numpy_grading().inputs(np.random.default_rng(seed), FOUR).min() == 0
        token_ids = numpy_grading().inputs(np.random.default_rng(seed), FOUR, trains=True)
        assert token_ids.shape[0] == PROBES
        assert token_ids.shape[1] > max(WIDTHS)
        assert token_ids.min() >= 1
        assert token_ids.max() < 40


def test_drawn_sizes_are_both_frameworks_own_and_each_gradings(numpy_grading):
    one, same, other = numpy_grading(seed=1), numpy_grading(seed=1), numpy_grading(seed=2)
    draws = [drawn_sizes(one, draw) for draw in range(DRAWS)]
    assert draws == [drawn_sizes(same, draw) for draw in range(DRAWS)]
    assert draws != [drawn_sizes(other, draw) for draw in range(DRAWS)]
    assert draws[0] != draws[1]


@dataclass(frozen=True)
class Unknown(Bidirectional):
    """Both directions, merged in a way that no mistake is known to."""

    def forward(self, x, run, /):
        there, back = (direction.forward(x, run) for direction in self.directions)
        return there.with_values(np.sin(there.values * back.values))


@pytest.mark.parametrize("framework", Framework)
@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        (lambda lstm: Bidirectional(lstm, "sum"), "bidirectional-added"),
        (lambda lstm: Bidirectional(lstm, "ave"), "bidirectional-averaged"),
        (lambda lstm: Unknown(lstm, "sum"), ""),
    ],
)
def test_a_model_with_other_parameters_is_asked_a_few_times(numpy_grading, monkeypatch, framework, wrong, key):
    """Hundreds of pairs of mistakes have the parameters of both directions: the model is asked once for all."""
    small = {"vocab_size": 40, "embed_dim": 7, "hidden_size": 6, "num_classes": 5, "dropout": 0.5}
    truth = load(Path(__file__).parents[2] / "assignments" / "text-lstm").blueprint_function()(**small)
    grading = numpy_grading()
    monkeypatch.setattr(grading, "blueprint", lambda *_: truth)
    edited = Blueprint(
        truth.model.rewrite(lambda layer: wrong(layer) if isinstance(layer, LSTM) else layer), truth.inputs
    )
    model = type(grading.student.module(framework).build(FOUR))(edited, framework, small)
    calls = []
    drawn = []
    forward, random_weights = model.forward, Blueprint.random_weights
    monkeypatch.setattr(model, "forward", lambda *a, **k: calls.append(1) or forward(*a, **k))
    monkeypatch.setattr(Blueprint, "random_weights", lambda *a: drawn.append(1) or random_weights(*a))
    identity = identify(grading, model, "adversarial").identity
    assert (keys(identity) if identity else ()) == ((key,) if key else ())
    assert len(calls) <= MOST_TABLES * MOST_READINGS
    assert len(drawn) <= 1 + MOST_TABLES


def test_each_mistake_is_computed_once_for_all_orders_of_the_arrays(numpy_grading, monkeypatch):
    """Many orders of equal shapes, and a model that is none of the known mistakes."""

    class Odd(Dense):
        def forward(self, x, run, /):
            found = super().forward(x, run)
            return found.with_values(np.sin(3 * found.values))

    truth = numpy_grading().blueprint(FOUR)
    grading = numpy_grading()
    monkeypatch.setattr(grading, "blueprint", lambda *_: truth)
    edited = truth.model.rewrite(lambda layer: Odd(layer.name, layer.units) if isinstance(layer, Dense) else layer)
    odd = Blueprint(edited, truth.inputs)
    computed = []
    gives = diagnosis.gives
    monkeypatch.setattr(diagnosis, "gives", lambda *a: computed.append(1) or gives(*a))
    model = type(grading.student.module(Framework.TORCH).build(FOUR))(odd, Framework.TORCH, FOUR)
    assert identify(grading, model, "odd").identity is None
    assert 0 < len(computed) <= len(list(truth.variants())) + len(list(truth.alternatives()))
