"""What the warm-up's handout alone works out; test_handouts.py has what all handouts have in common."""

from __future__ import annotations

import re

import numpy as np
import pytest

from autograder.blueprint import Framework, LogSoftmax, Softmax

NAME = "warmup-convnet"


@pytest.fixture(scope="module")
def convnet(handout):
    return handout.assignment.blueprint_function()


def test_the_readings_model_has_11290_parameters_in_both_frameworks(handout, convnet):
    blueprint = convnet(**handout.assignment.sizes)
    assert blueprint == convnet()  # the stubs' defaults are the handout's sizes
    assert [blueprint.count(framework) for framework in Framework] == [11_290, 11_290]
    assert "| **total** |  |  | **11,290** | **11,290** |" in handout.text
    assert "`fit`" not in handout.text


def test_sides_that_the_prose_follows(prose, convnet):
    sides = [int(side) for side in re.findall(r"\[n, (\d+), \d+, \d+\]", " ".join(_outputs(convnet())))]
    assert list(dict.fromkeys(sides)) == [30, 15, 13, 6]
    assert "fits into 30 places, pooling leaves 15; the next filter fits into 13, and pooling leaves 6" in prose
    assert "`[n, 576]`" not in prose  # it stands in the table
    assert "576 in all" in prose
    assert "[n, 576]" in _outputs(convnet())
    assert "For an image of 20 × 27 it is 3 × 5 places" in prose
    assert "[n, 3, 5, 16]" in _outputs(convnet(height=20, width=27))


def _outputs(blueprint):
    return [row.output for row in blueprint.layers()]


def test_the_end_by_hand(handout):
    logits = np.array([[2.0, 1.0, 0.0]])
    for name, layer in (("softmax", Softmax()), ("log_softmax", LogSoftmax())):
        stated = re.search(rf"^{name} +([-\d.]+) +([-\d.]+) +([-\d.]+) ", handout.text, re.MULTILINE).groups()
        assert [f"{number:.4f}" for number in layer.apply(logits)[0]] == list(stated)


def test_drawn_sizes_tell_arrays_apart_and_round_both_ways(handout, convnet):
    draw = handout.assignment.blueprint_function("draw_sizes")
    draws = [draw(np.random.default_rng(seed)) for seed in range(40)]
    for sizes in draws:
        flat = [*sizes["filters"], *(value for name, value in sizes.items() if name != "filters")]
        assert len(set(flat)) == len(flat)
        assert sizes["num_classes"] >= 3
        assert re.search(r"\[n, (2, 3|3, 2), \d+\]", " ".join(_outputs(convnet(**sizes))))
    assert {sizes["height"] % 2 for sizes in draws} == {sizes["width"] % 2 for sizes in draws} == {0, 1}
