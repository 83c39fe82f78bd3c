"""The same model in both frameworks, layer by layer: counts, and why they differ."""

from __future__ import annotations

import pytest

from autograder.blueprint import (
    GRU,
    LSTM,
    BatchNorm,
    Bidirectional,
    Blueprint,
    Chain,
    Dense,
    Embedding,
    Framework,
    GlobalMaxPool1D,
    twin_layers,
)

KERAS, TORCH = Framework


@pytest.fixture
def side_by_side(as_students):
    """The rows of plain models, by layer; keyword arguments change the arrays of one framework."""

    def side_by_side(blueprint, **changes):
        students = {f: as_students(blueprint.of(f), f, **changes.get(f.value, {})) for f in Framework}
        return {row.layer: row for row in twin_layers(blueprint, students)}

    return side_by_side


def over(layer):
    return Blueprint(Chain(Embedding("embedding", 40, 7), layer, Dense("output", 3)))


@pytest.mark.parametrize(
    ("layer", "more", "why"),
    [
        (
            LSTM("r", 6),
            24,
            "Keras has one bias vector of 24 (4 gates of 6); "
            "PyTorch has two bias vectors of 24 (4 gates of 6), of which only the sum counts.",
        ),
        (
            GRU("r", 6),
            0,
            "Keras has two bias vectors of 18 (3 gates of 6) as the rows of one array, gates in the order z, r, n; "
            "PyTorch has two bias vectors of 18 (3 gates of 6), gates in the order r, z, n.",
        ),
        (
            Bidirectional(LSTM("r", 6)),
            48,
            "Keras has in each direction one bias vector of 24 (4 gates of 6); "
            "PyTorch has in each direction two bias vectors of 24 (4 gates of 6), of which only the sum counts.",
        ),
        (LSTM("r", 6, use_bias=False), 0, ""),
    ],
)
def test_recurrent_layers_differ_by_nature(side_by_side, layer, more, why):
    rows = side_by_side(over(layer))
    assert list(rows) == ["embedding", "r", "output"]
    assert rows["r"].torch - rows["r"].keras == more
    assert rows["r"].why == why
    assert {row.mark for row in rows.values()} == {"ok"}
    assert not rows["embedding"].why


def test_state_is_told_and_not_counted(side_by_side):
    norm = Chain(BatchNorm("norm", epsilon=1e-3), GlobalMaxPool1D())
    row = side_by_side(over(norm))["norm"]
    assert (row.keras, row.torch) == (14, 14)
    assert row.why.startswith("Keras has an epsilon of 0.001, moving mean and variance as weights that aren't trained")


def test_a_hand_written_layer_is_described_as_it_is(side_by_side, as_students):
    blueprint = over(LSTM("r", 6))
    one_bias = as_students(blueprint, TORCH, without=("r.recurrent_bias",))
    keras = as_students(blueprint, KERAS)
    row = twin_layers(blueprint, {KERAS: keras, TORCH: one_bias})[1]
    assert (row.keras, row.torch, row.mark, row.why) == (336, 336, "ok", "")
    assert row.wanted_torch == 336


def test_what_is_wrong_stands_with_its_layer(side_by_side):
    blueprint = over(LSTM("r", 6))
    torch = {"without": ("output.bias",), "shapes": {"r.kernel": (24, 8)}, "extra": [((5, 5), "more.weight")]}
    rows = side_by_side(blueprint, torch=torch)
    assert rows["r"].mark == "bad"
    assert rows["r"].why.endswith("Your PyTorch layer has 24 more than the handout's.")
    assert rows["output"].why == "Your PyTorch layer has 3 fewer than the handout's."
    assert (rows["output"].keras, rows["output"].torch, rows["output"].wanted_torch) == (21, 18, 21)
    assert (rows["more"].keras, rows["more"].torch, rows["more"].mark) == (0, 25, "bad")
    assert rows["embedding"].mark == "ok"


def test_a_layer_that_is_missing(side_by_side):
    rows = side_by_side(over(LSTM("r", 6)), keras={"without": ("output.kernel", "output.bias")})
    assert rows["output"].why == "Your Keras model doesn't have this layer."
    assert rows["output"].keras == 0


def test_as_many_numbers_in_other_arrays(side_by_side):
    rows = side_by_side(over(LSTM("r", 6)), keras={"shapes": {"embedding.table": (20, 14)}})
    assert rows["embedding"].why == "Your Keras layer has as many as it should, in arrays of other shapes."


def test_a_model_that_could_not_be_built(as_students):
    blueprint = over(LSTM("r", 6))
    rows = twin_layers(blueprint, {KERAS: None, TORCH: as_students(blueprint, TORCH)})
    assert [row.keras for row in rows] == [None] * 3
    assert [row.wanted_keras for row in rows] == [280, 336, 21]
    assert {row.mark for row in rows} == {""}


def test_a_second_layer_in_the_same_module(side_by_side):
    """As PyTorch's num_layers=2 holds it."""
    rows = side_by_side(over(LSTM("r", 6)), torch={"extra": [((24, 6), "r.weight_ih_l1"), ((24,), "r.bias_ih_l1")]})
    assert list(rows) == ["embedding", "r", "output"]
    assert (rows["r"].torch - rows["r"].wanted_torch, rows["r"].mark) == (168, "bad")
    assert rows["r"].why.endswith("Your PyTorch layer has 168 more than the handout's.")
