"""A layer that the package doesn't know needs nothing but its own class."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from autograder.blueprint import (
    Blueprint,
    Chain,
    Dense,
    Embedding,
    Framework,
    GlorotUniform,
    Layer,
    Misconception,
    Mistake,
    Parameter,
    StudentParameter,
    explain_logits,
    explain_parameters,
    matches,
)
from autograder.blueprint.layer import Activations
from autograder.blueprint.parameter import REVERSED_2, bias
from autograder.blueprint.signal import Signal, SignalKind

PADDING_TOO = Misconception("runs-over-padding", "runs over the padding too; the handout stops at the last word")


@dataclass(frozen=True)
class LSTM(Layer):
    """The last hidden state. One bias in Keras, two in PyTorch."""

    name: str
    units: int
    stops_at_padding: bool = True

    @property
    def words(self):
        return f"LSTM, {self.units} units"

    def output(self, signal, /):
        self.take(signal, SignalKind.SEQUENCE)
        return Signal((self.units,))

    def parameters(self, signal, framework, /):
        gates, names = 4 * self.units, ("in", "gates")
        kernel = Parameter(f"{self.name}.kernel", (signal.features, gates), REVERSED_2, names, GlorotUniform())
        recurrent = Parameter(f"{self.name}.recurrent", (self.units, gates), REVERSED_2, names, GlorotUniform())
        if framework is Framework.KERAS:
            return kernel, recurrent, bias(self.name, gates)
        second = replace(bias(self.name, gates), name=f"{self.name}.recurrent_bias")
        return kernel, recurrent, bias(self.name, gates), second

    def forward(self, x, run, /):
        kernel, recurrent = run.weights[f"{self.name}.kernel"], run.weights[f"{self.name}.recurrent"]
        total = run.weights[f"{self.name}.bias"] + run.weights.get(f"{self.name}.recurrent_bias", 0.0)
        hidden = cell = np.zeros((len(x.values), self.units))
        for step in range(x.values.shape[1]):
            i, f, g, o = np.split(x.values[:, step] @ kernel + hidden @ recurrent + total, 4, axis=1)
            new_cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
            goes_on = x.mask[:, step, None] | (not self.stops_at_padding)
            hidden = np.where(goes_on, sigmoid(o) * np.tanh(new_cell), hidden)
            cell = np.where(goes_on, new_cell, cell)
        return Activations(hidden)

    def mistakes(self, peers, /):
        if self.stops_at_padding:
            yield Mistake(PADDING_TOO, replace(self, stops_at_padding=False))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def classifier(vocab_size=20, embed_dim=5, hidden_size=4, num_classes=3):
    layers = Embedding("embedding", vocab_size, embed_dim), LSTM("lstm", hidden_size), Dense("output", num_classes)
    return Blueprint(Chain(*layers))


def test_its_parameters_differ_between_the_frameworks():
    blueprint = classifier(2000, 64, 64, 2)
    assert (blueprint.count(Framework.KERAS), blueprint.count(Framework.TORCH)) == (161_154, 161_410)


def test_it_computes_what_pytorch_does(rng):
    torch = pytest.importorskip("torch")
    blueprint = classifier()
    weights, ids = blueprint.random_weights(rng, Framework.TORCH), blueprint.example_inputs(rng, 6, 7)
    embedding, lstm, dense = torch.nn.Embedding(20, 5), torch.nn.LSTM(5, 4, batch_first=True), torch.nn.Linear(4, 3)
    parameters = [*embedding.parameters(), *lstm.parameters(), *dense.parameters()]
    found = [StudentParameter(i, f"p{i}", tuple(p.shape)) for i, p in enumerate(parameters)]
    match = next(matches(blueprint, Framework.TORCH, found))
    with torch.no_grad():
        for parameter, array in zip(parameters, match.to_student(weights), strict=True):
            parameter.copy_(torch.from_numpy(array))
        lengths = torch.from_numpy((ids != 0).sum(1))
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            embedding(torch.from_numpy(ids)), lengths, batch_first=True, enforce_sorted=False
        )
        logits = dense(lstm(packed)[1][0][0]).numpy()
        careless = dense(lstm(embedding(torch.from_numpy(ids)))[1][0][0]).numpy()
    np.testing.assert_allclose(logits, blueprint.forward(weights, ids), rtol=0, atol=1e-5)
    assert explain_logits(blueprint, Framework.TORCH, weights, ids, careless).key == "runs-over-padding"


def test_its_bias_is_missed(as_students):
    blueprint = classifier()
    students = as_students(blueprint, Framework.TORCH, without=["lstm.recurrent_bias"])
    assert "16 too few: lstm has no recurrent_bias" in explain_parameters(blueprint, Framework.TORCH, students).message


@dataclass(frozen=True)
class FlattenedDense(Layer):
    """A dense layer behind a flattened image: the frameworks flatten in different orders."""

    name: str
    units: int

    @property
    def words(self):
        return "flatten, dense"

    def output(self, signal, /):
        return Signal((self.units,))

    def parameters(self, signal, _framework, /):
        axes = {Framework.KERAS: ((0, 1, 2), 3), Framework.TORCH: (3, (2, 0, 1))}
        return (Parameter(f"{self.name}.kernel", (*signal.shape, self.units), axes, ("height", "width", "in", "out")),)

    def forward(self, x, run, /):
        return x.with_values(np.tensordot(x.values, run.weights[f"{self.name}.kernel"], 3))


@pytest.mark.parametrize("framework", Framework)
def test_folded_axes(rng, framework):
    blueprint = Blueprint(FlattenedDense("d", 5), inputs=Signal((2, 3, 4)))
    kernel = blueprint.parameters(framework)[0]
    assert kernel.native_shape(framework) == ((24, 5) if framework is Framework.KERAS else (5, 24))
    weights, images = blueprint.random_weights(rng, framework), blueprint.example_inputs(rng, 6)
    found = list(matches(blueprint, framework, [StudentParameter(0, "w", kernel.native_shape(framework))]))
    assert found[0].placements[0].axes == ((0, 1, 2, 3) if framework is Framework.KERAS else (3, 2, 0, 1))
    if framework is Framework.KERAS:
        logits = images.reshape(6, -1) @ found[0].to_student(weights)[0]
    else:
        logits = images.transpose(0, 3, 1, 2).reshape(6, -1) @ found[0].to_student(weights)[0].T
    np.testing.assert_allclose(logits, blueprint.forward(weights, images), rtol=0, atol=1e-5)
    other_order = (2, 0, 1, 3) if framework is Framework.KERAS else (3, 0, 1, 2)
    assert found[1].placements[0].axes == other_order, "next comes the other framework's order of flattening"
