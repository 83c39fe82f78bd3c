"""Adam in NumPy, against PyTorch's own; and the other steps that ``fit`` is held against."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.checking.adam import adam, explains, other_steps


def arrays(rng, scale=1.0):
    return [scale * rng.normal(size=shape) for shape in ((5, 3), (4,), (2, 3, 4))]


@pytest.mark.parametrize("number", [1, 2, 5])
def test_adam_is_pytorchs_own(number):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(5)
    start, gradients = arrays(rng), [arrays(rng, 10.0**-k) for k in range(number)]
    weights = [torch.tensor(w, requires_grad=True) for w in start]
    optimizer = torch.optim.Adam(weights, lr=3e-3)
    for step in gradients:
        for weight, gradient in zip(weights, step, strict=True):
            weight.grad = torch.tensor(gradient)
        optimizer.step()
    for found, weight in zip(adam(start, gradients, 3e-3), weights, strict=True):
        np.testing.assert_allclose(found, weight.detach().numpy(), rtol=0, atol=1e-12)


def test_adam_leaves_its_arguments_alone():
    rng = np.random.default_rng(5)
    start, gradients = arrays(rng), [arrays(rng)]
    before = [w.copy() for w in start]
    adam(start, gradients, 0.1)
    assert all(np.array_equal(a, b) for a, b in zip(start, before, strict=True))


def test_the_first_step_is_the_learning_rate_long():
    rng = np.random.default_rng(5)
    start, gradients = arrays(rng), [arrays(rng)]
    moved = [a - b for a, b in zip(adam(start, gradients, 0.01), start, strict=True)]
    assert all(np.allclose(np.abs(m), 0.01, rtol=1e-6) for m in moved)
    assert all((np.sign(m) == -np.sign(g)).all() for m, g in zip(moved, gradients[0], strict=True))


@pytest.mark.parametrize(
    "key", ["", *("backward-without-step", "no-zero-grad", "learning-rate-ignored"), "sgd-instead-of-adam"]
)
def test_each_other_step_explains_itself_alone(key):
    rng, rate = np.random.default_rng(7), 3e-3
    start, first, second = arrays(rng), arrays(rng), arrays(rng)
    known = {name: weights for name, weights, _, _ in other_steps(start, start, [first, second], rate)}
    known[""] = adam(start, [first, second], rate)
    clear = [np.ones(w.shape, bool) for w in start]
    del known["one-step-for-two"]  # the same as no step here
    explained = [name for name, weights in known.items() if explains(weights, known[key], clear, rate)]
    assert explained == [key]


def test_nothing_is_explained_where_nothing_is_clear():
    start = [np.ones((3, 3))]
    assert not explains(start, start, [np.zeros((3, 3), bool)], 0.01)


def test_a_few_odd_weights_do_not_accuse_anybody():
    rng = np.random.default_rng(8)
    weights, clear = [rng.normal(size=1000)], [np.ones(1000, bool)]
    found = [weights[0].copy()]
    found[0][:20] += 1  # units that a ReLU switched on in between
    assert explains(weights, found, clear, 0.01)
    found[0][:50] += 1
    assert not explains(weights, found, clear, 0.01)


# -- what fit reports, by a model whose fit learns nothing and returns what it is told
