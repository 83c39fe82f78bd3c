"""Checks 3.1 to 3.3: single steps of training, against PyTorch itself."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.blueprint import Framework, cross_entropy
from autograder.checking import steps, training
from autograder.checking.verdicts import RestsOn
from autograder.errors import SubmissionError
from autograder.student.handle import Fitted

KERAS = Framework.KERAS


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
    for found, weight in zip(steps.adam(start, gradients, 3e-3), weights, strict=True):
        np.testing.assert_allclose(found, weight.detach().numpy(), rtol=0, atol=1e-12)


def test_adam_leaves_its_arguments_alone():
    rng = np.random.default_rng(5)
    start, gradients = arrays(rng), [arrays(rng)]
    before = [w.copy() for w in start]
    steps.adam(start, gradients, 0.1)
    assert all(np.array_equal(a, b) for a, b in zip(start, before, strict=True))


def test_the_first_step_is_the_learning_rate_long():
    rng = np.random.default_rng(5)
    start, gradients = arrays(rng), [arrays(rng)]
    moved = [a - b for a, b in zip(steps.adam(start, gradients, 0.01), start, strict=True)]
    assert all(np.allclose(np.abs(m), 0.01, rtol=1e-6) for m in moved)
    assert all((np.sign(m) == -np.sign(g)).all() for m, g in zip(moved, gradients[0], strict=True))


@pytest.mark.parametrize(
    "key", ["", *("backward-without-step", "no-zero-grad", "learning-rate-ignored"), "sgd-instead-of-adam"]
)
def test_each_other_step_explains_itself_alone(key):
    rng, rate = np.random.default_rng(7), 3e-3
    start, first, second = arrays(rng), arrays(rng), arrays(rng)
    known = {name: weights for name, weights, _, _ in steps._other_steps(start, start, [first, second], rate)}
    known[""] = steps.adam(start, [first, second], rate)
    clear = [np.ones(w.shape, bool) for w in start]
    del known["one-step-for-two"]  # the same as no step here
    explained = [name for name, weights in known.items() if steps._explains(weights, known[key], clear, rate)]
    assert explained == [key]


def test_nothing_is_explained_where_nothing_is_clear():
    start = [np.ones((3, 3))]
    assert not steps._explains(start, start, [np.zeros((3, 3), bool)], 0.01)


def test_a_few_odd_weights_do_not_accuse_anybody():
    rng = np.random.default_rng(8)
    weights, clear = [rng.normal(size=1000)], [np.ones(1000, bool)]
    found = [weights[0].copy()]
    found[0][:20] += 1  # units that a ReLU switched on in between
    assert steps._explains(weights, found, clear, 0.01)
    found[0][:50] += 1
    assert not steps._explains(weights, found, clear, 0.01)


# -- what fit reports, by a model whose fit learns nothing and returns what it is told


@pytest.fixture
def reports(numpy_grading, monkeypatch):
    """A grading whose models' ``fit`` reports ``losses(logits, labels, epochs, batch_size)``."""

    def reports(losses, **more):
        grading = numpy_grading(**more)
        module = type(grading.student.module(KERAS))
        plain = module.build

        def build(self, sizes, seed=0):
            model = plain(self, sizes, seed)

            def fit(token_ids, labels, *, epochs, batch_size, learning_rate, seed):
                dropout = model.sizes["dropout"] > 0
                found = [
                    losses(model.forward(token_ids, training=dropout, seed=epoch), labels, epoch)
                    for epoch in range(epochs)
                ]
                return Fitted(np.array(found), 0.0, 0.0)

            model.fit = fit
            return model

        monkeypatch.setattr(module, "build", build)
        return grading

    return reports


def softmax(logits):
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def test_the_mean_cross_entropy_passes(reports):
    said = steps.reported_loss(reports(lambda logits, labels, _: cross_entropy(logits, labels)), KERAS)
    assert said.startswith("With learning rate 0 fit reports ")


@pytest.mark.parametrize(
    ("losses", "misconception"),
    [
        (lambda logits, labels, _: 3 * cross_entropy(logits, labels), "sum-instead-of-mean-loss"),
        (lambda logits, labels, _: 24 * cross_entropy(logits, labels), "sum-instead-of-mean-loss"),
        (lambda logits, labels, _: cross_entropy(softmax(logits), labels), "softmax-before-loss"),
        (lambda logits, labels, n: cross_entropy(logits, np.roll(labels, n + 1)), "labels-shuffled-apart"),
        (lambda logits, labels, _: 0.5 * cross_entropy(logits, labels), ""),
    ],
)
def test_other_losses_are_named(reports, losses, misconception):
    with pytest.raises(SubmissionError) as caught:
        steps.reported_loss(reports(losses), KERAS)
    assert caught.value.finding.misconception == misconception
    assert caught.value.finding.expected
    assert caught.value.finding.found


def test_dropout_that_is_off_in_fit(reports, monkeypatch):
    def still(grading):
        plain = type(grading.student.module(KERAS)).build

        def build(self, sizes, seed=0):
            model = plain(self, sizes, seed)
            fit = model.fit

            def without(token_ids, labels, **settings):
                model.sizes = {**model.sizes, "dropout": 0.0}
                return fit(token_ids, labels, **settings)

            model.fit = without
            return model

        monkeypatch.setattr(type(grading.student.module(KERAS)), "build", build)
        return grading

    with pytest.raises(SubmissionError) as caught:
        steps.reported_loss(still(reports(lambda logits, labels, _: cross_entropy(logits, labels))), KERAS)
    assert caught.value.finding.misconception == "fit-in-eval-mode"


# -- repeatability


@pytest.fixture
def ran(numpy_grading, monkeypatch):
    """A grading whose three short trainings (the seed's, the seed's again, another's) move all weights so far."""

    def ran(*ways):
        made = iter([(np.array([0.7, 0.5]) + way, [np.ones((2, 2)) + way]) for way in ways])
        bench = steps.Bench(None, np.empty(0), np.empty(0), [np.ones((2, 2))])
        monkeypatch.setattr(training, "bench", lambda *_: bench)
        monkeypatch.setattr(training, "short_run", lambda *_: next(made))
        monkeypatch.setattr(training, "run_with", lambda *_: next(made))
        return numpy_grading()

    return ran


def test_the_seed_decides(ran):
    assert training.repeatable(ran(0.1, 0.1, 0.2), KERAS)


@pytest.mark.parametrize(
    ("ways", "misconception"),
    [((0.1, 0.2, 0.3), "seed-ignored"), ((0.1, 0.1, 0.1), "no-shuffle"), ((0.1, 0.2, 0.1), "seed-ignored")],
)
def test_the_seed_does_not_decide(ran, ways, misconception):
    with pytest.raises(SubmissionError) as caught:
        training.repeatable(ran(*ways), KERAS)
    assert caught.value.finding.misconception == misconception


def test_nothing_is_said_of_the_order_where_nothing_is_learned(ran):
    with pytest.raises(RestsOn, match=r"3\.2"):
        training.repeatable(ran(0, 0, 0), KERAS)
