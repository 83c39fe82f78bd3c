"""The warm-up's ConvNet, as students write it in both frameworks: right in many ways, and wrong in each known way."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import pytest
import torch
from keras import layers
from torch import nn
from torch.nn import functional as F  # noqa: N812 -- the name that everybody gives it

from autograder.blueprint import Framework

HANDOUT = {"height": 32, "width": 32, "channels": 3, "filters": (32, 16), "num_classes": 10}
ODD = {"height": 19, "width": 14, "channels": 3, "filters": (7, 6), "num_classes": 5}
EVEN = {"height": 14, "width": 18, "channels": 4, "filters": (6, 8), "num_classes": 3}  # pooling leaves nothing out
GREY = {"height": 15, "width": 12, "channels": 1, "filters": (5, 9), "num_classes": 4}
LIKE_KERNELS = {"height": 17, "width": 13, "channels": 3, "filters": (3, 3), "num_classes": 3}  # shapes tell nothing


class TorchNet(nn.Module):
    """A student's ConvNet; each argument makes a choice of theirs."""

    def __init__(
        self,
        s,
        *,
        enter="permute",
        padding="valid",
        bias=True,
        filters=None,
        acts=(F.relu, F.relu),
        pool="max",
        pools=(True, True),
        flatten="channels first",
        output_bias=True,
        end="log_softmax",
        kernel=3,
    ):
        super().__init__()
        self.enter, self.acts, self.pools, self.flatten, self.end = enter, acts, pools, flatten, end
        first, second = filters or s["filters"]
        stride = 2 if pool == "stride" else 1
        self.conv1 = nn.Conv2d(s["channels"], first, kernel, stride, padding=padding, bias=bias)
        self.conv2 = nn.Conv2d(first, second, kernel, stride, padding=padding, bias=bias)
        self.output = nn.LazyLinear(s["num_classes"], bias=output_bias)
        self.pool = {
            "max": nn.MaxPool2d(2),
            "average": nn.AvgPool2d(2),
            "up": nn.MaxPool2d(2, ceil_mode=True),
            "stride": nn.Identity(),
        }[pool]

    def entrance(self, x):
        n, h, w, c = x.shape
        return {
            "permute": lambda: x.permute(0, 3, 1, 2),
            "swapped": lambda: x.permute(0, 3, 2, 1),
            "view": lambda: x.view(n, c, h, w),
        }[self.enter]()

    def forward(self, x):
        x = self.entrance(x)
        for conv, act, pooled in zip((self.conv1, self.conv2), self.acts, self.pools, strict=True):
            x = act(conv(x))
            x = self.pool(x) if pooled else x
        x = {
            "channels first": lambda: x.flatten(1),
            "channels last": lambda: x.permute(0, 2, 3, 1).flatten(1),
            "average": lambda: x.mean((2, 3)),
            "maximum": lambda: x.amax((2, 3)),
        }[self.flatten]()
        return {
            "log_softmax": lambda y: y.log_softmax(1),
            "softmax": lambda y: y.softmax(1),
            "raw": lambda y: y,
            "sigmoid": torch.sigmoid,
            "twice": lambda y: y.softmax(1).log_softmax(1),
            "batch": lambda y: y.log_softmax(0),
            "relu": lambda y: y.relu().log_softmax(1),
        }[self.end](self.output(x))


def keras_net(
    s,
    *,
    enter="permute",
    padding="valid",
    bias=True,
    filters=None,
    acts=("relu", "relu"),
    pool="max",
    pools=(True, True),
    flatten="channels last",
    output_bias=True,
    end="softmax",
    kernel=3,
):
    """A student's ConvNet; each argument makes a choice of theirs."""
    images = keras.Input((s["height"], s["width"], s["channels"]))
    x = images
    if enter == "view":
        x = layers.Permute((2, 3, 1))(layers.Reshape((s["channels"], s["height"], s["width"]))(x))
    if enter == "swapped":
        x = layers.Permute((2, 1, 3))(x)
    pooling = {
        "max": layers.MaxPooling2D(2),
        "average": layers.AveragePooling2D(2),
        "up": layers.MaxPooling2D(2, padding="same"),
        "stride": layers.Identity(),
    }[pool]
    strides = 2 if pool == "stride" else 1
    for number, act, pooled in zip(filters or s["filters"], acts, pools, strict=True):
        x = layers.Conv2D(number, kernel, strides=strides, padding=padding, use_bias=bias, activation=act)(x)
        x = pooling(x) if pooled else x
    if flatten == "channels first":
        x = layers.Permute((3, 1, 2))(x)
    gone = {"average": layers.GlobalAveragePooling2D, "maximum": layers.GlobalMaxPooling2D}.get(flatten, layers.Flatten)
    logits = layers.Dense(s["num_classes"], use_bias=output_bias)(gone()(x))
    ends = {
        "softmax": layers.Softmax(),
        "log_softmax": layers.Activation("log_softmax"),
        "raw": layers.Identity(),
        "sigmoid": layers.Activation("sigmoid"),
        "twice": lambda y: layers.Softmax()(layers.Softmax()(y)),
        "batch": layers.Softmax(axis=0),
        "relu": lambda y: layers.Softmax()(layers.ReLU()(y)),
    }
    return keras.Model(images, ends[end](logits))


WRITERS = {Framework.KERAS: keras_net, Framework.TORCH: TorchNet}


@pytest.fixture
def student(convnet, real, rng):
    """A student's model at these sizes, with the blueprint and weights to probe it with."""

    def make(framework, sizes, write=None, **choices):
        blueprint = convnet(**sizes)
        model = real((write or WRITERS[framework])(sizes, **choices), blueprint.example_inputs(rng, 12))
        return model, blueprint, blueprint.random_weights(rng, framework)

    return make


@pytest.mark.parametrize("sizes", [HANDOUT, ODD, EVEN, GREY, LIKE_KERNELS])
@pytest.mark.parametrize("framework", Framework)
def test_the_oracle_is_the_frameworks_own_model(student, framework, sizes):
    model, blueprint, weights = student(framework, sizes)
    assert model.error(blueprint, weights) < 1e-5


@pytest.mark.parametrize("framework", Framework)
def test_the_parameter_table_is_the_frameworks_own(student, convnet, framework):
    model, blueprint, _ = student(framework, HANDOUT)
    assert blueprint == convnet()
    assert blueprint.count(framework) == 11_290 == 896 + 4_624 + 5_770
    native = [p.native_shape(framework) for p in blueprint.parameters(framework)]
    assert native == [p.shape for p in model.parameters]


class HandMade(TorchNet):
    """Kernels (height, width, in, out), biases (1, n, 1, 1); the dense layer is registered first."""

    def __init__(self, s):
        nn.Module.__init__(self)
        first, second = s["filters"]
        self.output = nn.LazyLinear(s["num_classes"])
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(1, n, 1, 1)) for n in (first, second))
        shapes = [(3, 3, s["channels"], first), (3, 3, first, second)]
        self.kernels = nn.ParameterList(nn.Parameter(torch.zeros(shape)) for shape in shapes)

    def forward(self, x):
        x = x.permute(0, 3, 1, 2)
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            x = F.max_pool2d(F.conv2d(x, kernel.permute(3, 2, 0, 1)) + bias, 2).relu()
        return self.output(x.flatten(1)).log_softmax(1)


class Unfolded(TorchNet):
    """Each convolution is a linear layer over patches, with a kernel (out, in * height * width)."""

    def __init__(self, s):
        super().__init__(s)
        self.conv1 = nn.Linear(9 * s["channels"], s["filters"][0])
        self.conv2 = nn.Linear(9 * s["filters"][0], s["filters"][1])

    def forward(self, x):
        x = self.entrance(x)
        for linear in (self.conv1, self.conv2):
            n, _, h, w = x.shape
            patches = F.unfold(x, 3).transpose(1, 2)
            x = F.max_pool2d(linear(patches).relu().transpose(1, 2).reshape(n, -1, h - 2, w - 2), 2)
        return self.output(x.flatten(1)).log_softmax(1)


@pytest.mark.parametrize("sizes", [ODD, EVEN])
@pytest.mark.parametrize(
    ("framework", "write", "choices"),
    [
        (Framework.TORCH, TorchNet, {"flatten": "channels last"}),
        (Framework.KERAS, keras_net, {"flatten": "channels first"}),
        (Framework.TORCH, TorchNet, {"enter": "swapped"}),  # height and width all through: another layout, no mistake
        (Framework.KERAS, keras_net, {"enter": "swapped"}),
        (Framework.TORCH, HandMade, {}),
        (Framework.TORCH, Unfolded, {}),
    ],
)
def test_correct_models_agree_however_they_are_written(student, framework, write, choices, sizes):
    model, blueprint, weights = student(framework, sizes, write, **choices)
    assert model.error(blueprint, weights) < 1e-5


LINEAR = {Framework.TORCH: lambda x: x, Framework.KERAS: "linear"}
TANH = {Framework.TORCH: torch.tanh, Framework.KERAS: "tanh"}
RELU = {Framework.TORCH: F.relu, Framework.KERAS: "relu"}
BY_COUNT = "stride-instead-of-pooling|pooling-rounds-up"  # the same arrays: only logits could tell
MISTAKES = [
    ("same-padding", ODD, {"padding": "same"}),
    ("no-bias", ODD, {"bias": False}),
    ("no-output-bias", ODD, {"output_bias": False}),
    ("filters-swapped", ODD, {"filters": (6, 7)}),
    ("view-instead-of-permute", ODD, {"enter": "view"}),
    ("view-instead-of-permute", EVEN, {"enter": "view"}),
    ("no-relu", ODD, {"acts": (LINEAR, LINEAR)}),
    ("missing-relu", ODD, {"acts": (LINEAR, RELU)}),
    ("missing-relu", ODD, {"acts": (RELU, LINEAR)}),
    ("tanh-instead-of-relu", ODD, {"acts": (TANH, TANH)}),
    ("average-pooling", ODD, {"pool": "average"}),
    ("stride-instead-of-pooling", EVEN, {"pool": "stride"}),
    (BY_COUNT, ODD, {"pool": "stride"}),
    (BY_COUNT, HANDOUT, {"pool": "up"}),
    ("", EVEN, {"pool": "up"}),
    ("no-pooling", ODD, {"pools": (False, False)}),
    ("missing-pooling", ODD, {"pools": (True, False)}),
    ("missing-pooling", ODD, {"pools": (False, True)}),
    ("global-pooling", ODD, {"flatten": "average"}),
    ("global-pooling", ODD, {"flatten": "maximum"}),
    ("no-{}", ODD, {"end": "raw"}),
    ("{other}-instead-of-{}", ODD, {"end": "other"}),
    ("sigmoid-instead-of-{}", ODD, {"end": "sigmoid"}),
    ("softmax-twice", ODD, {"end": "twice"}),
    ("{}-over-batch", ODD, {"end": "batch"}),
    ("relu-on-output", ODD, {"end": "relu"}),
    ("average-pooling+no-{}", ODD, {"pool": "average", "end": "raw"}),
    ("no-relu+average-pooling", ODD, {"pool": "average", "acts": (LINEAR, LINEAR), "flatten": "other order"}),
]


@pytest.mark.parametrize("framework", Framework)
@pytest.mark.parametrize(("key", "sizes", "choices"), MISTAKES)
def test_a_student_who_makes_the_mistake_is_told_so(student, framework, key, sizes, choices):
    own, other = ("softmax", "log-softmax") if framework is Framework.KERAS else ("log-softmax", "softmax")
    order = "channels first" if framework is Framework.KERAS else "channels last"
    plain = {"other": other.replace("-", "_"), "other order": order}
    choices = {
        name: plain.get(choice, choice) if isinstance(choice, str) else choice for name, choice in choices.items()
    }
    if "acts" in choices:
        choices["acts"] = [act[framework] for act in choices["acts"]]
    model, blueprint, weights = student(framework, sizes, **choices)
    assert model.diagnosis(blueprint, weights) == key.format(own, other=other)
