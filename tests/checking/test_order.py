"""Check 3.3: whether the texts come in a new order in each epoch. Tried on a linear model, by an Adam of NumPy's."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from autograder.blueprint import Framework, StudentParameter
from autograder.checking import order
from autograder.checking.adam import adam
from autograder.checking.order import EXAMPLES, one_order
from autograder.checking.trial import Trial
from autograder.student.model import Fitted

TORCH = Framework.TORCH
WORDS, CLASSES = 30, 5
WAYS = [(*first, *(set(range(EXAMPLES)) - set(first))) for first in combinations(range(EXAMPLES), 2)]


class BagOfWords:
    """Logits are sums of each word's row. ``orders`` is asked for the seed's order of the texts in each epoch."""

    def __init__(self, orders, rate=1.0):
        self.parameters = (StudentParameter(0, "kernel", (WORDS + 1, CLASSES)),)
        self.sizes = {"vocab_size": WORDS}  # which is no axis of the kernel
        self.orders, self.rate, self.trainings = orders, rate, 0

    def set_weights(self, arrays):
        self.arrays = [np.asarray(a, np.float32) for a in arrays]

    def weights(self):
        return self.arrays

    def gradients(self, token_ids, labels):
        counts = np.array([np.bincount(row, minlength=WORDS + 1) for row in token_ids]) + 0.1
        logits = counts @ self.arrays[0].astype(np.float64)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        shares[np.arange(len(labels)), labels] -= 1
        return [(counts.T @ shares / len(labels)).astype(np.float32)]

    def fit(self, token_ids, labels, *, epochs, batch_size, learning_rate, seed):
        self.trainings += 1
        start, gradients = self.arrays, []
        for texts in self.orders(seed, epochs):
            for at in range(0, len(texts), batch_size):
                batch = list(texts[at : at + batch_size])
                gradients.append(self.gradients(token_ids[batch], labels[batch]))
                self.set_weights(adam(start, gradients, self.rate * learning_rate))
        return Fitted(np.zeros(epochs), 0.0, 0.0)


def new_in_each_epoch(seed, epochs):
    rng = np.random.default_rng(seed)
    return [rng.permutation(EXAMPLES) for _ in range(epochs)]


def one_for_all(seed, epochs):
    return [np.random.default_rng(seed).permutation(EXAMPLES)] * epochs


@pytest.fixture
def trains(numpy_grading, monkeypatch):
    """A grading of a model whose ``fit`` takes these orders, and the model."""

    def trains(orders, seed=1, **more):
        rng = np.random.default_rng(seed)
        start = [rng.normal(size=(WORDS + 1, CLASSES)).astype(np.float32)]
        model = BagOfWords(orders, **more)
        small = Trial(model, rng.integers(0, WORDS, (EXAMPLES, 8)), rng.integers(0, CLASSES, EXAMPLES), start)
        monkeypatch.setattr(order, "trial", lambda *_: small)
        return numpy_grading(seed=seed), model

    return trains


@pytest.mark.parametrize("seed", range(20))
def test_a_new_order_in_each_epoch(trains, seed):
    grading, _ = trains(new_in_each_epoch, seed)
    assert not one_order(grading, TORCH)


@pytest.mark.parametrize("seed", range(20))
def test_one_order_for_all_epochs(trains, seed):
    grading, model = trains(one_for_all, seed)
    assert one_order(grading, TORCH)
    assert model.trainings == order.SEEDS


def test_the_same_order_twice_is_what_one_in_six_draws_gives():
    twice = [len({frozenset(o[:2]) for o in new_in_each_epoch(seed, 2)}) == 1 for seed in range(3000)]
    assert np.mean(twice) == pytest.approx(1 / 6, abs=0.03)  # and so five times of five hardly ever


@pytest.mark.parametrize("orders", list(product(WAYS, WAYS)), ids=str)
def test_each_pair_of_orders_is_told_from_the_same_order_twice(trains, orders):
    trains(lambda *_: orders)
    b = order.trial()
    assert order._is_one_of(list(order._ways(b)), order._trained(b, 1)) is (orders[0] == orders[1])


def test_nobody_is_accused_whose_steps_are_not_adams(trains):
    grading, _ = trains(one_for_all, rate=0.3)
    assert not one_order(grading, TORCH)
