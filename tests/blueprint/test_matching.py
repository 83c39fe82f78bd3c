from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.blueprint import Framework, Parameter, StudentParameter, matches, matching

BRANCHES = (3, 4, 5)
EMBEDDING, OUTPUT = ["embedding.table"], ["output.kernel", "output.bias"]
CONVS = [f"conv{k}.{role}" for k in BRANCHES for role in ("kernel", "bias")]
KERNELS, BIASES = [f"conv{k}.kernel" for k in BRANCHES], [f"conv{k}.bias" for k in BRANCHES]
USUAL_ORDERS = {
    "as declared": EMBEDDING + CONVS + OUTPUT,
    "dense first": OUTPUT + EMBEDDING + CONVS,
    "biases last": [*EMBEDDING, *KERNELS, "output.kernel", *BIASES, "output.bias"],
    "biases first": [*BIASES, "output.bias", *EMBEDDING, *KERNELS, "output.kernel"],
    "branches reversed": EMBEDDING + [n for k in (5, 4, 3) for n in (f"conv{k}.kernel", f"conv{k}.bias")] + OUTPUT,
    "everything reversed": (EMBEDDING + CONVS + OUTPUT)[::-1],
    "kernels reversed, biases not": EMBEDDING + KERNELS[::-1] + BIASES + OUTPUT,
}


def names_of(match):
    by_index = {placement.index: placement.parameter.name for placement in match.placements}
    return [by_index[index] for index in sorted(by_index)]


@pytest.mark.parametrize("order", USUAL_ORDERS)
@pytest.mark.parametrize("framework", Framework)
@pytest.mark.parametrize("num_classes", [3, 6])  # 6 classes: the output's bias looks like a convolution's
def test_usual_orders_of_registration_come_early(text_cnn, as_students, framework, order, num_classes):
    blueprint = text_cnn(num_classes=num_classes)
    students = as_students(blueprint, framework, names=USUAL_ORDERS[order])
    candidates = [names_of(match) for match in islice(matches(blueprint, framework, students), 4)]
    assert USUAL_ORDERS[order] in candidates
    if order == "as declared":
        assert candidates[0] == USUAL_ORDERS[order]


@given(data=st.data(), framework=st.sampled_from(Framework))
@settings(max_examples=60)
def test_every_order_and_layout_is_found(text_cnn, data, framework):
    """Whatever the student's order, layouts and axes of size 1, some reading gives back the weights put in."""
    embed_dim, num_filters = data.draw(st.sampled_from([(7, 6), (6, 6), (4, 4), (3, 5)]))
    blueprint = text_cnn(embed_dim=embed_dim, num_filters=num_filters, kernel_sizes=(1, 3, 4))
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    weights = {p.name: rng.normal(size=p.shape).astype(np.float32).astype(float) for p in blueprint.parameters("torch")}
    kernel_axes = data.draw(st.permutations(range(3)))
    arrays = []
    for name in data.draw(st.permutations(list(weights))):
        axes = kernel_axes if name in {"conv1.kernel", "conv3.kernel", "conv4.kernel"} else None
        array = weights[name].transpose(axes or data.draw(st.permutations(range(weights[name].ndim))))
        arrays.append(np.expand_dims(array, data.draw(st.integers(0, array.ndim))))
    students = [StudentParameter(i, f"p{i}", a.shape) for i, a in enumerate(arrays)]
    readings = (match.from_student(arrays) for match in matches(blueprint, framework, students))
    assert any(all((read[name] == weights[name]).all() for name in weights) for read in readings)


def test_to_student_is_the_inverse_of_from_student(text_cnn, as_students, rng):
    blueprint = text_cnn()
    students = as_students(blueprint, Framework.TORCH, names=USUAL_ORDERS["everything reversed"])
    match = next(matches(blueprint, Framework.TORCH, students))
    weights = blueprint.random_weights(rng, Framework.TORCH)
    arrays = match.to_student(weights)
    assert [a.shape for a in arrays] == [s.shape for s in students]
    assert all(a.dtype == np.float32 and a.flags.c_contiguous for a in arrays)
    read = match.from_student(arrays)
    assert list(read) == [p.name for p in blueprint.parameters(Framework.TORCH)]
    for name, array in weights.items():
        np.testing.assert_allclose(read[name], array, rtol=1e-7)
        assert read[name].dtype == np.float64


def test_all_readings_of_a_tie_come_once(text_cnn, as_students):
    blueprint = text_cnn(embed_dim=6)  # a kernel of 3 x 6 x 6 can be read in two ways
    found = list(matches(blueprint, Framework.TORCH, as_students(blueprint, Framework.TORCH)))
    keys = {tuple((p.index, p.axes) for p in match.placements) for match in found}
    assert len(found) == len(keys) == 6 * 2**3
    first = [{p.axes for p in match.placements if len(p.axes) == 3} for match in found[:2]]
    assert first == [{(2, 1, 0)}, {(1, 2, 0)}], "first the native layout, then another one for all kernels alike"
    biases = {tuple(p.index for p in match.placements if p.parameter.name in BIASES) for match in found}
    assert biases == set(permutations((2, 4, 6)))


def test_the_first_readings_come_at_once_however_many_there_are(text_cnn, as_students):
    blueprint = text_cnn(embed_dim=4, num_filters=4, kernel_sizes=tuple(range(2, 14)), num_classes=4)
    students = as_students(blueprint, Framework.KERAS)
    assert len(list(islice(matches(blueprint, Framework.KERAS, students), 50))) == 50


@pytest.mark.parametrize(
    "change",
    [
        {"without": ["conv4.bias"]},
        {"extra": [((6,), "extra.bias")]},
        {"shapes": {"conv3.kernel": (6, 7, 2)}},
        {"shapes": {"conv3.kernel": (63, 2)}},
        {"shapes": {"output.kernel": (2, 3, 9)}},
    ],
)
def test_nothing_comes_when_the_shapes_do_not_fit(text_cnn, as_students, change):
    blueprint = text_cnn()
    assert not list(matches(blueprint, Framework.TORCH, as_students(blueprint, Framework.TORCH, **change)))


@pytest.mark.parametrize("axes", [(2, 0, 1), (2, 1, 0)], ids=["word after word", "feature after feature"])
def test_kernels_may_be_matrices_over_whole_windows(text_cnn, axes):
    """An nn.Linear over windows holds a convolution's kernel as (out, width * in), in one order or the other."""
    blueprint = text_cnn()
    rng = np.random.default_rng(0)
    weights = {p.name: rng.normal(size=p.shape).astype(np.float32).astype(float) for p in blueprint.parameters("torch")}
    arrays = [a.transpose(axes).reshape(a.shape[2], -1) if a.ndim == 3 else a for a in weights.values()]
    students = [StudentParameter(i, f"p{i}", a.shape) for i, a in enumerate(arrays)]
    readings = [m.from_student(arrays) for m in islice(matches(blueprint, Framework.TORCH, students), 8)]
    assert any(all((read[name] == weights[name]).all() for name in weights) for read in readings)


KERNEL = {Framework.KERAS: (0, 1, 2), Framework.TORCH: (2, 1, 0)}
MATRIX = {Framework.KERAS: (0, 1), Framework.TORCH: (1, 0)}


@dataclass(frozen=True)
class Table:
    """As much of a blueprint as matching asks for."""

    listed: tuple[Parameter, ...]

    def parameters(self, framework):
        return self.listed


def as_listed(*shapes):
    return [StudentParameter(i, f"p{i}", shape) for i, shape in enumerate(shapes)]


def counting(monkeypatch):
    tried = []
    readings = matching._readings
    monkeypatch.setattr(matching, "_readings", lambda *of: tried.append(1) or readings(*of))
    return tried


@pytest.mark.parametrize("shape", [(2, 4, 6), (6, 8), (48,)])
def test_many_arrays_of_one_shape_take_few_tries(monkeypatch, shape):
    tried = counting(monkeypatch)
    table = Table(tuple(Parameter(f"c{i}.kernel", (2, 4, 6), KERNEL) for i in range(12)))
    assert len(list(islice(matches(table, Framework.KERAS, as_listed(*[shape] * 12)), 48))) == 48
    assert len(tried) <= 48


def test_arrays_that_can_not_all_have_a_place_are_not_permuted(monkeypatch):
    """Sizes and ties agree, but seven arrays fit six parameters alone: 12! orders would be tried in vain."""
    tried = counting(monkeypatch)
    kernels = [Parameter(f"c{i}.kernel", (2, 4, 6), KERNEL) for i in range(6)]
    matrices = [Parameter(f"d{i}.kernel", (3, 16), MATRIX) for i in range(6)]
    students = as_listed((48,), *[(6, 8)] * 7, *[(3, 16)] * 4)
    assert not list(matches(Table((*kernels, *matrices)), Framework.KERAS, students))
    assert not tried


def test_a_search_ends_where_no_order_fits(monkeypatch):
    tried = []
    monkeypatch.setattr(matching, "_readings", lambda *_: tried.append(1) or iter(()))
    table = Table(tuple(Parameter(f"c{i}.kernel", (2, 4, 6), KERNEL) for i in range(12)))
    assert not list(matches(table, Framework.KERAS, as_listed(*[(2, 4, 6)] * 12)))
    assert len(tried) == 2 * matching.MOST_ASSIGNMENTS
