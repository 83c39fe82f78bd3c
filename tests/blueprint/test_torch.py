"""Against real PyTorch models: layouts, odd registrations, gradients, and students who make each mistake."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 -- the name that everybody gives it

from autograder.blueprint import (
    Chain,
    Conv1D,
    Framework,
    StudentParameter,
    Tolerance,
    cross_entropy,
    directional_derivative,
    explain_logits,
    matches,
)
from autograder.blueprint.layer import Activations, Run

TORCH = Framework.TORCH
V, E, N, K, C = 40, 7, 6, (3, 4, 5), 3


class Student(nn.Module):
    """A TextCNN as a student writes it; a subclass or an argument makes one mistake."""

    def __init__(self, pool=lambda x: x.amax(2), activation=F.relu, end=lambda x: x, pad=lambda k: (0, 0)):
        super().__init__()
        self.pool, self.activation, self.end, self.pad = pool, activation, end, pad
        self.embedding = nn.Embedding(V, E)
        self.convs = nn.ModuleList(nn.Conv1d(E, N, k) for k in K)
        self.output = nn.Linear(N * len(K), C)

    def sequence(self, ids):
        return self.embedding(ids).transpose(1, 2)

    def forward(self, ids):
        x = self.sequence(ids)
        features = [
            self.pool(self.activation(conv(F.pad(x, self.pad(k))))) for k, conv in zip(K, self.convs, strict=True)
        ]
        return self.end(self.output(torch.cat(features, 1)))


class OddOrder(Student):
    """Dense first, branches from wide to narrow."""

    def __init__(self):
        nn.Module.__init__(self)
        self.pool, self.activation, self.end, self.pad = lambda x: x.amax(2), F.relu, lambda x: x, lambda k: (0, 0)
        self.output = nn.Linear(N * len(K), C)
        convs = {k: nn.Conv1d(E, N, k) for k in K}
        self.wide_first = nn.ModuleList([convs[5], convs[4], convs[3]])
        self.embedding = nn.Embedding(V, E)

    @property
    def convs(self):
        return list(self.wide_first)[::-1]


class Conv2dAs1d(nn.Module):
    """Kim's own way: a 2-D convolution over [n, 1, t, c] with kernels of full width."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.convs = nn.ModuleList(nn.Conv2d(1, N, (k, E)) for k in K)
        self.output = nn.Linear(N * len(K), C)

    def forward(self, ids):
        x = self.embedding(ids).unsqueeze(1)
        return self.output(torch.cat([F.relu(conv(x)).squeeze(3).amax(2) for conv in self.convs], 1))


class HandWritten(nn.Module):
    """Own parameters: biases last, kernels (width, out, in), output kernel (in, out), biases (1, n)."""

    def __init__(self):
        super().__init__()
        self.kernels = nn.ParameterList(nn.Parameter(torch.zeros(k, N, E)) for k in K)
        self.out = nn.Parameter(torch.zeros(N * len(K), C))
        self.table = nn.Parameter(torch.zeros(V, E))
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(1, N)) for _ in K)
        self.out_bias = nn.Parameter(torch.zeros(1, C))

    def forward(self, ids):
        x = self.table[ids].transpose(1, 2)
        pairs = zip(self.kernels, self.biases, strict=True)
        pooled = [F.conv1d(x, k.permute(1, 2, 0), b[0]).amax(2).relu() for k, b in pairs]
        return torch.cat(pooled, 1) @ self.out + self.out_bias


def students(model):
    return [StudentParameter(i, n, tuple(p.shape)) for i, (n, p) in enumerate(model.named_parameters())]


def answer(model, match, weights, ids):
    with torch.no_grad():
        for parameter, array in zip(model.parameters(), match.to_student(weights), strict=True):
            parameter.copy_(torch.from_numpy(array))
        return model.eval()(torch.from_numpy(ids)).numpy()


@pytest.fixture
def probe(text_cnn, rng):
    blueprint = text_cnn(vocab_size=V, embed_dim=E, num_filters=N, num_classes=C)
    return blueprint, blueprint.random_weights(rng, TORCH), blueprint.example_inputs(rng, 64, 24)


@pytest.mark.parametrize("build", [Student, OddOrder, Conv2dAs1d, HandWritten])
def test_correct_models_agree_however_they_are_written(probe, build):
    blueprint, weights, ids = probe
    model = build()
    oracle = blueprint.forward(weights, ids)
    candidates = islice(matches(blueprint, TORCH, students(model)), 3)
    differences = [np.abs(answer(model, match, weights, ids) - oracle).max() for match in candidates]
    assert min(differences) < 1e-5
    assert all(d < 1e-5 or d > 0.1 for d in differences), "a wrong reading of the arrays shows"


class Reshaped(Student):
    def sequence(self, ids):
        x = self.embedding(ids)
        return x.reshape(x.shape[0], x.shape[2], x.shape[1])


class MaskedPadding(Student):
    def sequence(self, ids):
        return (self.embedding(ids) * (ids != 0).unsqueeze(2)).transpose(1, 2)


MISTAKES = {
    "average-pooling": lambda: Student(pool=lambda x: x.mean(2)),
    "last-step-pooling": lambda: Student(pool=lambda x: x[:, :, -1]),
    "no-relu": lambda: Student(activation=lambda x: x),
    "tanh-instead-of-relu": lambda: Student(activation=torch.tanh),
    "softmax-inside": lambda: Student(end=lambda x: x.softmax(1)),
    "log-softmax-inside": lambda: Student(end=lambda x: x.log_softmax(1)),
    "sigmoid-inside": lambda: Student(end=torch.sigmoid),
    "relu-on-output": lambda: Student(end=F.relu),
    "same-padding": lambda: Student(pad=lambda k: ((k - 1) // 2, k - 1 - (k - 1) // 2)),
    "causal-padding": lambda: Student(pad=lambda k: (k - 1, 0)),
    "full-padding": lambda: Student(pad=lambda k: (k - 1, k - 1)),
    "reshape-instead-of-transpose": Reshaped,
    "padding-as-zero": MaskedPadding,
    "average-pooling+softmax-inside": lambda: Student(pool=lambda x: x.mean(2), end=lambda x: x.softmax(1)),
}


@pytest.mark.parametrize("key", MISTAKES)
def test_a_student_who_makes_the_mistake_is_told_so(probe, key):
    blueprint, weights, ids = probe
    model = MISTAKES[key]()
    logits = answer(model, next(matches(blueprint, TORCH, students(model))), weights, ids)
    assert not Tolerance().agrees(logits, blueprint.forward(weights, ids))
    assert explain_logits(blueprint, TORCH, weights, ids, logits, Tolerance()).key == key


def test_padding_by_half_the_width_is_told_apart(probe):
    blueprint, weights, ids = probe
    model = Student(pad=lambda k: (k // 2, k // 2))
    logits = answer(model, next(matches(blueprint, TORCH, students(model))), weights, ids)
    named = explain_logits(blueprint, TORCH, weights, ids, logits, Tolerance())
    assert named.says == "pads the sequence by half the width on both sides; the handout's convolution doesn't pad"


def test_max_before_relu_is_right(probe):
    blueprint, weights, ids = probe
    model = Student(pool=lambda x: F.relu(x.amax(2)), activation=lambda x: x)
    logits = answer(model, next(matches(blueprint, TORCH, students(model))), weights, ids)
    assert Tolerance().agrees(logits, blueprint.forward(weights, ids))
    assert explain_logits(blueprint, TORCH, weights, ids, logits, Tolerance()) is None


def test_branches_joined_in_time(probe, rng):
    blueprint, _, ids = probe
    joined = next(v.blueprint for v in blueprint.variants(1) if v.key == "concat-over-time")

    class Joined(Student):
        def __init__(self):
            super().__init__()
            self.output = nn.Linear(N, C)

        def forward(self, ids):
            x = self.sequence(ids)
            return self.output(torch.cat([F.relu(conv(x)) for conv in self.convs], 2).amax(2))

    weights, model = joined.random_weights(rng, TORCH), Joined()
    logits = answer(model, next(matches(joined, TORCH, students(model))), weights, ids)
    np.testing.assert_allclose(logits, joined.forward(weights, ids), rtol=0, atol=1e-5)


@pytest.mark.parametrize("width", [2, 3, 4, 5])
@pytest.mark.parametrize("padding", ["valid", "same", "half"])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_padding_is_pytorchs(rng, width, padding):
    x, kernel = rng.normal(size=(2, 9, 3)), rng.normal(size=(width, 3, 4))
    layer = Conv1D("c", 4, width, padding=padding, use_bias=False)
    found = Chain(layer).forward(Activations(x), Run({"c.kernel": kernel})).values
    pad = width // 2 if padding == "half" else padding
    y = F.conv1d(torch.from_numpy(x).mT, torch.from_numpy(kernel).permute(2, 1, 0), padding=pad).mT
    np.testing.assert_allclose(found, y.numpy(), rtol=0, atol=1e-12)


def test_loss_and_slope_are_those_of_autograd(probe, rng):
    blueprint, weights, ids = probe
    labels = rng.integers(0, C, len(ids))
    model = Student().double()
    match = next(matches(blueprint, TORCH, students(model)))
    answer(model, match, weights, ids)
    stored = match.from_student([p.detach().numpy() for p in model.parameters()])
    loss = F.cross_entropy(model(torch.from_numpy(ids)), torch.from_numpy(labels))
    assert cross_entropy(blueprint.forward(stored, ids), labels) == pytest.approx(loss.item(), abs=1e-12)
    loss.backward()
    gradient = match.from_student([p.grad.numpy() for p in model.parameters()])
    directions = [{name: rng.normal(size=w.shape) for name, w in weights.items()}]
    directions += [{name: rng.normal(size=w.shape)} for name, w in weights.items()]
    for direction in directions:
        slope = sum(float((gradient[name] * d).sum()) for name, d in direction.items())
        found = directional_derivative(blueprint, stored, ids, labels, direction)
        assert found == pytest.approx(slope, rel=1e-6, abs=1e-8)
