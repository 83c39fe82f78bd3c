"""Curves as coordinates."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.report import Curve
from autograder.reporters import plot


@given(st.floats(-1e12, 1e12), st.floats(1e-9, 1e12))
def test_ticks_are_few_round_and_cover(low, span):
    high = low + span
    values = plot.ticks(low, high)
    assert 2 <= len(values) <= 8
    slack = 1e-6 * max(abs(low), abs(high), span)
    assert values[0] <= low + slack
    assert values[-1] >= high - slack


def test_ticks_of_a_usual_loss():
    assert plot.ticks(0.0, 1.79) == [0.0, 0.5, 1.0, 1.5, 2.0]


@given(st.lists(st.lists(st.floats(), max_size=8), max_size=3))
def test_whatever_the_losses_every_coordinate_lies_on_the_drawing(runs):
    curves = [Curve("keras", tuple(losses)) for losses in runs]
    for drawn in plot.plots(curves):
        for line in drawn.lines:
            for piece in line.pieces:
                for pair in piece.split():
                    x, y = map(float, pair.split(","))
                    assert 0 <= x <= plot.WIDTH
                    assert 0 <= y <= plot.HEIGHT


def test_one_plot_per_framework_the_students_curve_on_top():
    curves = [Curve("keras", (2.0, 1.0)), Curve("keras", (2.0, 0.5), reference=True), Curve("torch", (1.0,))]
    keras, torch = plot.plots(curves)
    assert (keras.title, torch.title) == ("Keras", "PyTorch")
    assert [line.reference for line in keras.lines] == [True, False]
    assert [line.caption for line in keras.lines] == [
        "The course's own: 2 to 0.5 in 2 epochs.",
        "Yours: 2 to 1 in 2 epochs.",
    ]
    assert torch.lines[0].caption == "Yours: 1 to 1 in 1 epoch."


def test_a_gap_where_the_loss_is_not_a_number():
    line = plot.plots([Curve("keras", (1.0, math.nan, 1.0, 0.5, math.inf))])[0].lines[0]
    assert [len(piece.split()) for piece in line.pieces] == [1, 2]
    assert line.caption == "Yours: not a finite number from epoch 2 on (5 epochs)."


def test_thousands_of_epochs_are_thinned_and_end_where_they_end():
    line = plot.plots([Curve("keras", tuple(1 / n for n in range(1, 10_001)))])[0].lines[0]
    points = line.pieces[0].split()
    assert len(points) <= 202
    assert points[-1].startswith(f"{plot.WIDTH - plot.RIGHT}")
    assert line.dots == ()


@pytest.mark.parametrize("losses", [(), (1.0,), (0.0, 0.0), (5.0, 5.0)])
def test_flat_or_short(losses):
    assert len(plot.plots([Curve("keras", losses)])[0].y_ticks) >= 2
