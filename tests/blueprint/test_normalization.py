"""Normalizations against both frameworks: by themselves, within models, and what students do to them."""

from __future__ import annotations

import os
from itertools import pairwise

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
import torch
from keras import layers
from torch import nn

from autograder.blueprint import (
    BatchNorm,
    Blueprint,
    Chain,
    Conv2D,
    Dense,
    Flatten,
    Framework,
    GlobalAveragePool2D,
    LayerNorm,
    MaxPool2D,
    ReLU,
    Signal,
    explain_parameters,
    layer_table_markdown,
    parameter_table,
)
from autograder.blueprint.layer import Activations, Run
from autograder.blueprint.signal import Steps
from autograder.errors import InternalError

KERAS, TORCH = Framework.KERAS, Framework.TORCH


def convnet(height, width, channels, filters, num_classes):
    """A small ConvNet with batch normalization."""
    layers_of_it = [
        *(Conv2D("conv1", filters[0], 3, use_bias=False), BatchNorm("norm1"), ReLU(), MaxPool2D(2)),
        *(Conv2D("conv2", filters[1], 3, padding="same"), BatchNorm("norm2"), ReLU()),
        *(GlobalAveragePool2D(), Dense("output", num_classes)),
    ]
    return Blueprint(Chain(*layers_of_it), Signal((height, width, channels)))


def mlp(features, hidden, num_classes):
    """A multi-layer perceptron with layer normalization."""
    blocks = [
        layer
        for number, units in enumerate(hidden, start=1)
        for layer in (Dense(f"hidden{number}", units), LayerNorm(f"norm{number}"), ReLU())
    ]
    return Blueprint(Chain(*blocks, Dense("output", num_classes)), Signal((features,)))


IMAGES, VECTORS = (11, 8, 2, (6, 5), 3), (9, (8, 7), 3)
SHAPES = [(5, 6), (4, 7, 6), (3, 4, 5, 6)]


def drawn(layer, shape, rng):
    signal = Signal(shape[1:]) if len(shape) != 3 else Signal((Steps(), shape[2]))
    assert layer.output(signal) == signal
    return [p.draw_probe(rng) for p in layer.parameters(signal, KERAS)], layer.parameters(signal, KERAS)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("make", [BatchNorm, LayerNorm])
def test_a_layer_is_that_of_both_frameworks(rng, make, shape):
    x = rng.normal(size=shape)
    arrays, parameters = drawn(make("n"), shape, rng)
    weights = {p.name: a for p, a in zip(parameters, arrays, strict=True)}
    found = {f: make("n").of(f).forward(Activations(x), Run(weights)).values for f in Framework}
    its = layers.BatchNormalization() if make is BatchNorm else layers.LayerNormalization()
    its.build(shape)
    its.set_weights(arrays)
    np.testing.assert_allclose(found[KERAS], np.asarray(its(x.astype(np.float32))), rtol=0, atol=1e-5)
    tensors = [torch.from_numpy(a) for a in arrays]
    if make is BatchNorm:
        gamma, beta, mean, variance = tensors
        y = nn.functional.batch_norm(torch.from_numpy(x).movedim(-1, 1), mean, variance, gamma, beta).movedim(1, -1)
    else:
        y = nn.functional.layer_norm(torch.from_numpy(x), (6,), *tensors)
    np.testing.assert_allclose(found[TORCH], y.numpy(), rtol=0, atol=1e-12)
    assert np.abs(found[KERAS] - found[TORCH]).max() > 2e-4, "the epsilons differ"


def test_an_epsilon_may_be_prescribed(rng):
    weights = {"n.gamma": np.ones(3), "n.beta": np.zeros(3)}
    x = Activations(rng.normal(size=(4, 3)))
    same = LayerNorm("n", epsilon=1e-4)
    assert same.of(KERAS) == same.of(TORCH) == same
    np.testing.assert_array_less(np.abs(same.forward(x, Run(weights)).values), 2.0)
    with pytest.raises(InternalError, match='LayerNorm "n" has an epsilon for each framework: take Blueprint'):
        LayerNorm("n").forward(x, Run(weights))


def test_a_model_just_built_has_mean_0_and_variance_1(real, rng):
    """Weights without the moving averages are those of a model that nobody has trained."""
    model = real(TorchNet(*IMAGES), convnet(*IMAGES).example_inputs(rng, 4))
    with torch.no_grad():
        blueprint = convnet(*IMAGES).of(TORCH)
        names = [p.name for p in blueprint.parameters(TORCH)]
        state = {p.name for p in blueprint.parameters(TORCH) if not p.trainable}
        weights = {n: a for n, a in blueprint.initial_weights(rng, TORCH).items() if n not in state}
        for name, (_, array, _) in zip(names, model.arrays(), strict=True):
            if name in weights:
                parameter = next(p for p in blueprint.parameters(TORCH) if p.name == name)
                array.copy_(torch.from_numpy(parameter.to_native(weights[name], TORCH).copy()))
    np.testing.assert_allclose(model.call(), blueprint.forward(weights, model.inputs), rtol=0, atol=1e-5)


class TorchNet(nn.Module):
    """A student's ConvNet with batch normalization; each argument makes a choice of theirs."""

    def __init__(self, height, width, channels, filters, num_classes, norm=nn.BatchNorm2d):
        super().__init__()
        first, second = filters
        self.conv1, self.norm1 = nn.Conv2d(channels, first, 3, bias=False), norm(first)
        self.conv2, self.norm2 = nn.Conv2d(first, second, 3, padding=1), norm(second)
        self.output = nn.Linear(second, num_classes)

    def forward(self, x):
        x = self.norm1(self.conv1(x.permute(0, 3, 1, 2))).relu()
        x = self.norm2(self.conv2(nn.functional.max_pool2d(x, 2))).relu()
        return self.output(x.mean((2, 3)))


class ChannelsLastNorm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class AlwaysTraining(nn.BatchNorm2d):
    def forward(self, x):
        return nn.functional.batch_norm(x, None, None, self.weight, self.bias, True, eps=self.eps)


class KerasAlwaysTraining(layers.BatchNormalization):
    def call(self, x, training=None):
        return super().call(x, training=True)


def keras_net(height, width, channels, filters, num_classes, norm=layers.BatchNormalization):
    images = keras.Input((height, width, channels))
    x = norm()(layers.Conv2D(filters[0], 3, use_bias=False)(images))
    x = layers.MaxPooling2D(2)(layers.ReLU()(x))
    x = layers.ReLU()(norm()(layers.Conv2D(filters[1], 3, padding="same")(x)))
    return keras.Model(images, layers.Dense(num_classes)(layers.GlobalAveragePooling2D()(x)))


def torch_mlp(features, hidden, num_classes, norm=nn.LayerNorm):
    sizes = [features, *hidden]
    blocks = [(nn.Linear(a, b), norm(b), nn.ReLU()) for a, b in pairwise(sizes)]
    return nn.Sequential(*(layer for block in blocks for layer in block), nn.Linear(hidden[-1], num_classes))


def keras_mlp(features, hidden, num_classes, norm=layers.LayerNormalization):
    blocks = [(layers.Dense(units), norm(), layers.ReLU()) for units in hidden]
    return keras.Sequential([keras.Input((features,)), *(la for b in blocks for la in b), layers.Dense(num_classes)])


class UnbiasedNorm(nn.LayerNorm):
    def forward(self, x):
        return (x - x.mean(-1, True)) / (x.var(-1, keepdim=True) + self.eps).sqrt() * self.weight + self.bias


MODELS = [
    (convnet, IMAGES, {KERAS: keras_net, TORCH: TorchNet}),
    (convnet, (9, 12, 4, (4, 4), 4), {KERAS: keras_net, TORCH: TorchNet}),  # everything of size 4
    (mlp, VECTORS, {KERAS: keras_mlp, TORCH: torch_mlp}),
]


@pytest.mark.parametrize("framework", Framework)
@pytest.mark.parametrize(("build", "sizes", "write"), MODELS)
def test_the_oracle_is_the_frameworks_own_model(real, rng, build, sizes, write, framework):
    blueprint = build(*sizes)
    model = real(write[framework](*sizes), blueprint.example_inputs(rng, 12))
    assert model.error(blueprint, blueprint.random_weights(rng, framework)) < 1e-5
    parameters = blueprint.parameters(framework)
    listed = [(p.native_shape(framework), p.trainable) for p in parameters]
    assert listed == [(p.shape, p.trainable) for p in model.parameters]
    trainable = [a for _, a, is_trained in model.arrays() if is_trained]
    assert blueprint.count(framework) == sum(int(np.prod(a.shape)) for a in trainable)
    assert {row.mark for row in parameter_table(blueprint, framework, model.parameters).rows} == {"ok"}


def test_state_is_in_no_count():
    blueprint = convnet(*IMAGES)
    assert blueprint.count(TORCH) == 9 * 2 * 6 + 2 * 6 + (9 * 6 * 5 + 5) + 2 * 5 + (5 * 3 + 3)
    assert "| `norm1` | batch normalization | `[n, 9, 6, 6]` | 12 | 12 |" in layer_table_markdown(blueprint)
    torch_names = [p.name for p in blueprint.parameters(TORCH)]
    assert torch_names[-4:] == [f"norm{i}.moving_{what}" for i in (1, 2) for what in ("mean", "variance")]
    keras_names = [p.role for p in blueprint.parameters(KERAS) if p.layer == "norm1"]
    assert keras_names == ["gamma", "beta", "moving_mean", "moving_variance"]


def test_normalizing_a_flattened_image(real, rng):
    """Gains and offsets then lie in the framework's own order of flattening."""
    blueprint = Blueprint(Chain(Flatten(), LayerNorm("n"), Dense("o", 3)), Signal((2, 3, 2)))
    images = blueprint.example_inputs(rng, 6)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.output = nn.LayerNorm(12), nn.Linear(12, 3)

        def forward(self, x):
            return self.output(self.norm(x.permute(0, 3, 1, 2).flatten(1)))

    flat = [layers.Flatten(), layers.LayerNormalization(), layers.Dense(3)]
    for model in (real(Net(), images), real(keras.Sequential([keras.Input((2, 3, 2)), *flat]), images)):
        assert model.error(blueprint, blueprint.random_weights(rng, model.framework)) < 1e-5


def no_norm(*_):
    return nn.Identity()


IN_TORCH = [
    ("batch-statistics", convnet, AlwaysTraining),
    (
        "batch-statistics|layer-norm-instead-of-batch-norm",
        convnet,
        lambda n: nn.BatchNorm2d(n, track_running_stats=False),
    ),
    ("batch-statistics|layer-norm-instead-of-batch-norm", convnet, ChannelsLastNorm),  # the same arrays
    ("norm-without-gain", convnet, lambda n: nn.BatchNorm2d(n, affine=False)),
    ("no-batch-norm", convnet, no_norm),
    ("other-epsilon", convnet, lambda n: nn.BatchNorm2d(n, eps=1e-3)),
    ("batch-norm-instead-of-layer-norm", mlp, nn.BatchNorm1d),
    ("unbiased-variance", mlp, UnbiasedNorm),
    ("other-epsilon", mlp, lambda n: nn.LayerNorm(n, eps=1e-3)),
    ("no-layer-norm|norm-without-gain", mlp, no_norm),  # neither has arrays
    ("no-layer-norm|norm-without-gain", mlp, lambda n: nn.LayerNorm(n, elementwise_affine=False)),
]
IN_KERAS = [
    ("batch-statistics", convnet, KerasAlwaysTraining),
    ("batch-statistics|layer-norm-instead-of-batch-norm", convnet, layers.LayerNormalization),
    ("norm-without-gain", convnet, lambda: layers.BatchNormalization(center=False, scale=False)),
    ("no-batch-norm", convnet, layers.Identity),
    ("other-epsilon", convnet, lambda: layers.BatchNormalization(epsilon=1e-5)),
    ("batch-norm-instead-of-layer-norm", mlp, layers.BatchNormalization),
    ("other-epsilon", mlp, lambda: layers.LayerNormalization(epsilon=1e-5)),
]
CASES = [(TORCH, *case) for case in IN_TORCH] + [(KERAS, *case) for case in IN_KERAS]


@pytest.mark.parametrize(("framework", "key", "build", "norm"), CASES)
def test_a_student_who_makes_the_mistake_is_told_so(real, rng, framework, key, build, norm):
    _, sizes, write = next(entry for entry in MODELS if entry[0] is build)
    blueprint = build(*sizes)
    model = real(write[framework](*sizes, norm=norm), blueprint.example_inputs(rng, 24))
    assert model.diagnosis(blueprint, blueprint.random_weights(rng, framework)) == key


def test_layer_normalization_over_a_whole_image(real, rng):
    """GroupNorm with one group: a mean for each image, not for each place of it."""
    body = Conv2D("conv", 4, 3), LayerNorm("norm"), ReLU(), GlobalAveragePool2D(), Dense("output", 3)
    blueprint = Blueprint(Chain(*body), Signal((7, 6, 2)))

    class Net(nn.Module):
        def __init__(self, norm):
            super().__init__()
            self.conv, self.norm, self.output = nn.Conv2d(2, 4, 3), norm, nn.Linear(4, 3)

        def forward(self, x):
            return self.output(self.norm(self.conv(x.permute(0, 3, 1, 2))).relu().mean((2, 3)))

    weights, images = blueprint.random_weights(rng, TORCH), blueprint.example_inputs(rng, 12)
    assert real(Net(nn.GroupNorm(1, 4)), images).diagnosis(blueprint, weights) == "layer-norm-over-example"
    assert real(Net(ChannelsLastNorm(4)), images).diagnosis(blueprint, weights) == ""


def test_what_is_said_of_a_missing_normalization(as_students):
    """Only what is trained is counted, and a mistake of which the arrays don't tell which it is names both."""
    blueprint = convnet(*IMAGES)
    students = as_students(
        blueprint, TORCH, without=["norm1.gamma", "norm1.beta", "norm1.moving_mean", "norm1.moving_variance"]
    )
    finding = explain_parameters(blueprint, TORCH, students)
    assert finding.message.endswith("12 too few: the layer norm1 (batch normalization) is missing.")
    gone = [p.name for p in mlp(*VECTORS).parameters(TORCH) if "norm" in p.name]
    finding = explain_parameters(mlp(*VECTORS), TORCH, as_students(mlp(*VECTORS), TORCH, without=gone))
    assert finding.message.endswith(
        "Its arrays are those of a model that leaves out the layer normalization, or of one that normalizes without a"
        " gain and an offset; the handout's layers learn both."
    )
    assert finding.misconception == "no-layer-norm|norm-without-gain"
