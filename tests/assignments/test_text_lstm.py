"""What the LSTM's handout alone works out and states; test_handouts.py has what all handouts have in common."""

from __future__ import annotations

import re
from itertools import permutations

import numpy as np
import pytest

from autograder.blueprint import Framework
from autograder.blueprint.cells import LSTM_CELL
from autograder.blueprint.gates import Form
from autograder.datasets import builtin, words

NAME = "text-lstm"
VECTORS = {"not": (1, 0, 0), "good": (0, 1, 0), "bad": (0, 0, 1)}
REVIEWS = ["not all that bad, it was good", "not all that good, it was bad"]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def by_hand(text):
    """i1, f1, c1, h1, i2, c2 and h2 after each word, from the lines of the handout."""
    c, h = np.zeros(2), np.zeros(2)
    for word in words(text):
        denies, good, bad = VECTORS.get(word, (0, 0, 0))
        i = sigmoid(np.array([20 * denies - 10, 20 * bad + 20 * h[0] - 30]))
        f = sigmoid(np.array([10 - 20 * good - 20 * bad, 10]))
        c = f * c + i * np.tanh(10)
        h = sigmoid(10) * np.tanh(c)
        yield i[0], f[0], c[0], h[0], i[1], c[1], h[1]


@pytest.mark.parametrize("review", REVIEWS)
def test_the_cell_by_hand(handout, review):
    stated = handout.rows(f"| {review} | i1 | f1 | c1 | h1 | i2 | c2 |")
    steps = zip(words(review), by_hand(review), strict=True)
    computed = [[word, *(f"{x:.2f}" for x in values[:-1])] for word, values in steps]
    assert [[cell.strip("*") for cell in row] for row in stated] == computed
    assert sorted(words(review)) == sorted(words(REVIEWS[0]))


def test_the_lines_of_the_cell_by_hand(handout):
    lines = re.findall(r"^([ifgo]\d.*?) {2,}", handout.text, re.MULTILINE)
    assert lines == [
        "i1 = sigmoid(20 denies - 10)",
        "f1 = sigmoid(10 - 20 good - 20 bad)",
        "i2 = sigmoid(20 bad + 20 h1 - 30)",
        "f2 = sigmoid(10)",
        "g1 = g2 = tanh(10),",
    ]
    assert "`not` is (1, 0, 0), `good` is (0, 1, 0), `bad` is (0, 0, 1), and every other word" in handout.prose
    assert f"sigmoid(10) is {sigmoid(10):.5f} and sigmoid(−10) is {sigmoid(-10):.5f}" in handout.prose


def test_the_end_of_the_cell_by_hand(prose):
    ends = [list(by_hand(review))[-1][-1] for review in REVIEWS]
    assert f"*h2* is {ends[0]:.2f} for the first review and {ends[1]:.0f} for the second one." in prose
    assert "nothing changes if five more words stand between the *not* and the *bad*" in prose
    *_, longer = by_hand("not all that very very very very very bad, it was good")
    assert longer[-1] == pytest.approx(ends[0], abs=1e-3)


def test_the_picture_shows_that_cell(handout):
    picture = (handout.folder / "text-lstm.svg").read_text(encoding="utf-8")
    numbers = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>([\d.]+)</text>', picture)
    rows = {}
    for x, y, number in numbers:
        rows.setdefault(float(y), []).append((float(x), number))
    shown = [[number for _, number in sorted(row)] for _, row in sorted(rows.items())]
    computed = []
    for word, (_, _, c1, h1, _, c2, h2) in zip(words(REVIEWS[0])[:4], by_hand(REVIEWS[0]), strict=False):
        vector = [str(x) for x in VECTORS.get(word, (0, 0, 0))]
        computed.append([*vector, *(f"{round(x, 2):g}" for x in (c1, c2, h1, h2))])
    assert shown == [*computed, computed[-1][-2:]]


def test_what_padding_leaves(prose):
    assert f"0.5¹⁰ = {0.5**10:.3f}" in prose
    assert f"sigmoid(1) = {sigmoid(1):.2f}, and 0.73¹⁰ = {sigmoid(1) ** 10:.2f}" in prose


def test_the_lengths_of_the_reviews(handout, prose):
    data = handout.assignment.data
    seen = builtin(train=data.train, test=data.test, seed=data.public_seed)
    places = handout.assignment.text.length
    mean = round(np.mean([min(len(words(text)), places) for text in seen.train.texts]))
    assert f"Our reviews have {mean} words on average and {places} places" in prose
    assert f"{places - mean} vectors of nothing behind the {mean} that matter" in prose
    assert f"packing saves steps, {mean} instead of {places}" in prose


def test_what_differs_in_the_counts(handout, prose):
    one, two = (handout.blueprint.count(framework) for framework in Framework)
    gates = 4 * handout.sizes["hidden_size"]
    assert two - one == gates
    assert f"4 · {handout.sizes['hidden_size']} = {gates} columns" in prose
    assert f"which makes {gates} parameters more" in prose


def test_the_forms_that_are_as_right(prose):
    assert "may hold its weights in one matrix or in eight, its gates in any order, and one bias vector or two" in prose
    forms = set(Form().alternatives(LSTM_CELL))
    one_matrix, eight = Form(biases="one", joined="input first"), Form(biases="one", by_gate=True)
    assert forms > {Form(biases="one"), Form(biases="two"), one_matrix, eight, Form(biases="two", by_gate=True)}
    assert {form.order or LSTM_CELL.gates for form in forms} == {"".join(order) for order in permutations("ifgo")}


def test_a_coin_s_loss(handout):
    assert f"a loss that stays at {np.log(2):.2f} | That is ln 2" in handout.flat
