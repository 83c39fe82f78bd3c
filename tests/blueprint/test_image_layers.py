"""Layers of images, and pooling over windows: each by itself against both frameworks."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
import torch
from keras import layers
from torch.nn import functional as F  # noqa: N812 -- the name that everybody gives it

from autograder.blueprint import (
    AveragePool1D,
    AveragePool2D,
    Blueprint,
    Chain,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Framework,
    GlobalAveragePool2D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlorotUniform,
    MaxPool1D,
    MaxPool2D,
    Parallel,
    ReLU,
    Signal,
    explain_parameters,
)
from autograder.blueprint.layer import Activations, Run
from autograder.blueprint.signal import Steps
from autograder.errors import AssignmentError, InternalError

IMAGES = [(2, 9, 7, 3), (1, 8, 11, 1), (3, 6, 6, 4)]


def computed(layer, x, **weights):
    found = layer.forward(Activations(x), Run(weights)).values
    signal = Signal(x.shape[1:]) if x.ndim != 3 else Signal((Steps(), x.shape[2]))
    expected = layer.output(signal).shape
    sizes = tuple(axis.at(x.shape[1]) if isinstance(axis, Steps) else axis for axis in expected)
    assert found.shape[1:] == sizes, "the layer says what it gives"
    return found


def first(x):
    return torch.from_numpy(x).movedim(-1, 1)


def last(y):
    return y.movedim(1, -1).numpy()


@pytest.mark.parametrize("shape", IMAGES)
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("kernel_size", [1, 2, 3, (2, 5), (4, 3), 6])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_a_convolution_is_that_of_both_frameworks(rng, shape, padding, kernel_size):
    x, layer = rng.normal(size=shape), Conv2D("c", 4, kernel_size, padding=padding)
    kernel, bias = (rng.normal(size=p.shape) for p in layer.parameters(Signal(shape[1:]), Framework.TORCH))
    found = computed(layer, x, **{"c.kernel": kernel, "c.bias": bias})
    y = F.conv2d(first(x), torch.from_numpy(kernel).permute(3, 2, 0, 1), torch.from_numpy(bias), padding=padding)
    np.testing.assert_allclose(found, last(y), rtol=0, atol=1e-12)
    keras_layer = layers.Conv2D(4, kernel_size, padding=padding)
    keras_layer.build(shape)
    keras_layer.set_weights([kernel, bias])
    np.testing.assert_allclose(found, np.asarray(keras_layer(x.astype(np.float32))), rtol=0, atol=1e-4)


@pytest.mark.parametrize("shape", IMAGES)
@pytest.mark.parametrize("size", [2, 3, (1, 2), (3, 2), 5])
def test_pooling_is_that_of_both_frameworks(rng, shape, size):
    x = rng.normal(size=shape)
    maximum, average = computed(MaxPool2D(size), x), computed(AveragePool2D(size), x)
    np.testing.assert_array_equal(maximum, last(F.max_pool2d(first(x), size)))
    np.testing.assert_allclose(average, last(F.avg_pool2d(first(x), size)), rtol=0, atol=1e-12)
    images = x.astype(np.float32)
    np.testing.assert_allclose(maximum, np.asarray(layers.MaxPooling2D(size)(images)), rtol=0, atol=1e-6)
    np.testing.assert_allclose(average, np.asarray(layers.AveragePooling2D(size)(images)), rtol=0, atol=1e-6)


@pytest.mark.parametrize("steps", [6, 7, 8, 9])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_pooling_in_time_is_that_of_both_frameworks(rng, steps, size):
    x = rng.normal(size=(2, steps, 3))
    maximum, average = computed(MaxPool1D(size), x), computed(AveragePool1D(size), x)
    np.testing.assert_array_equal(maximum, last(F.max_pool1d(first(x), size)))
    np.testing.assert_allclose(average, last(F.avg_pool1d(first(x), size)), rtol=0, atol=1e-12)
    sequence = x.astype(np.float32)
    np.testing.assert_allclose(maximum, np.asarray(layers.MaxPooling1D(size)(sequence)), rtol=0, atol=1e-6)
    np.testing.assert_allclose(average, np.asarray(layers.AveragePooling1D(size)(sequence)), rtol=0, atol=1e-6)


@pytest.mark.parametrize("shape", IMAGES)
@pytest.mark.parametrize("size", [2, 3, (3, 2)])
def test_pooling_that_rounds_up_is_pytorchs_ceil_mode(rng, shape, size):
    x = rng.normal(size=shape)
    for layer, pool in ((MaxPool2D(size), F.max_pool2d), (AveragePool2D(size), F.avg_pool2d)):
        wrong = next(m.layer for m in layer.mistakes([]) if m.misconception.key == "pooling-rounds-up")
        np.testing.assert_allclose(computed(wrong, x), last(pool(first(x), size, ceil_mode=True)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("shape", IMAGES)
def test_pooling_over_the_image_and_flattening(rng, shape):
    x = rng.normal(size=shape).astype(np.float32)
    np.testing.assert_array_equal(computed(GlobalMaxPool2D(), x), x.max((1, 2)))
    np.testing.assert_allclose(computed(GlobalAveragePool2D(), x), x.mean((1, 2)), rtol=0, atol=1e-6)
    np.testing.assert_array_equal(computed(Flatten(), x), np.asarray(layers.Flatten()(x)))


def test_a_strided_convolution_is_one_with_every_second_place_kept(rng):
    x, kernel = rng.normal(size=(2, 9, 12, 3)), rng.normal(size=(3, 3, 3, 4))
    strided = next(m.layer for m in MaxPool2D(2).mistakes([]) if m.misconception.key == "stride-instead-of-pooling")
    found = computed(Chain(Conv2D("c", 4, 3, use_bias=False), strided), x, **{"c.kernel": kernel})
    y = F.conv2d(first(x), torch.from_numpy(kernel).permute(3, 2, 0, 1), stride=2)
    np.testing.assert_allclose(found, last(y), rtol=0, atol=1e-12)


def test_the_kernel_behind_a_flattened_image(rng):
    """Dropout and activations pass the image's shape on; a layer that makes new features ends it."""
    blueprint = Blueprint(Chain(Flatten(), Dropout(0.5), ReLU(), Dense("a", 5), Dense("b", 2)), Signal((2, 3, 4)))
    kernel, _, second, _ = blueprint.parameters(Framework.TORCH)
    assert (kernel.shape, kernel.native_shape("keras"), kernel.native_shape("torch")) == (
        (2, 3, 4, 5),
        (24, 5),
        (5, 24),
    )
    assert kernel.label(Framework.TORCH) == "5 out × 4·2·3"
    assert second.shape == (5, 2)
    array = rng.normal(size=kernel.shape)
    native = kernel.to_native(array, Framework.TORCH)
    x = rng.normal(size=(6, 2, 3, 4))
    keras_way = x.reshape(6, -1) @ kernel.to_native(array, Framework.KERAS)
    np.testing.assert_allclose(keras_way, x.transpose(0, 3, 1, 2).reshape(6, -1) @ native.T, rtol=0, atol=1e-12)
    start = kernel.initializer(rng, kernel.shape)
    limit = np.sqrt(6 / (24 + 5))
    assert kernel.initializer.initializer == GlorotUniform()
    assert 0.8 * limit < np.abs(start).max() <= limit, "Glorot's limit knows all 24 inputs"


def test_a_table_of_images(convnet):
    rows = [(row.name, row.words, row.output) for row in convnet().layers()]
    assert rows[:3] == [
        ("conv1", "2-D convolution, 32 filters of 3 × 3", "[n, 30, 30, 32]"),
        ("", "ReLU", "[n, 30, 30, 32]"),
        ("", "maximum over windows of 2 × 2", "[n, 15, 15, 32]"),
    ]
    assert rows[-3:] == [
        ("", "flatten", "[n, 576]"),
        ("output", "dense, 10 outputs", "[n, 10]"),
        ("", "softmax in Keras, log-softmax in PyTorch", "[n, 10]"),
    ]
    kernel = convnet().parameters(Framework.TORCH)[0]
    assert kernel.label(Framework.TORCH) == "32 out × 3 in × height 3 × width 3"


@pytest.mark.parametrize(
    ("layers", "shape", "message"),
    [
        ((Conv2D("c", 4, 3),), (9,), 'Conv2D "c" takes images [n, h, w, c], but gets a vector [n, c] [n, 9]'),
        ((Conv2D("c", 4, (5, 3)),), (4, 9, 2), "has kernels of 5 × 3, but gets images [n, 4, 9, 2]"),
        ((MaxPool2D((2, 3)),), (4, 2, 2), "MaxPool2D has windows of 2 × 3, but gets [n, 4, 2, 2]"),
        ((MaxPool1D(2),), (4, 2, 2), "MaxPool1D takes a sequence [n, t, c], but gets images"),
        (
            (Conv2D("c", 4, 3),),
            (9, 9, 2),
            "the model ends in images [n, h, w, c] [n, 7, 7, 4], but logits are a vector",
        ),
        ((Dense("d", 4),), (9, 9, 2), 'Dense "d" takes a vector [n, c], but gets images'),
        ((Parallel(Flatten(), Flatten()),), (4, 4, 2), "branch 1 ends in a flattened image; flatten behind"),
    ],
)
def test_layers_that_do_not_fit_together_say_where(layers, shape, message):
    with pytest.raises(AssignmentError) as caught:
        Blueprint(Chain(*layers), Signal(shape))
    assert message in str(caught.value)


def test_images_of_another_size_are_refused(convnet, rng):
    blueprint = convnet(height=12, width=14)
    weights = blueprint.random_weights(rng, Framework.KERAS)
    with pytest.raises(InternalError, match=r"takes \[n, 12, 14, 3\], but got an array of shape \(2, 14, 12, 3\)"):
        blueprint.forward(weights, np.zeros((2, 14, 12, 3)))


def test_the_forward_pass_does_not_depend_on_how_many_images_go_at_once(convnet, rng, monkeypatch):
    right = convnet(height=12, width=14).of(Framework.TORCH)
    weights, images = right.random_weights(rng, Framework.TORCH), right.example_inputs(rng, 9)
    over_batch = next(v.blueprint for v in right.variants(1) if v.key == "log-softmax-over-batch")
    for blueprint in (right, over_batch):
        outputs = []
        for chunk in (1, 7000, 10**9):
            monkeypatch.setattr("autograder.blueprint.model._CHUNK", chunk)
            outputs.append(blueprint.forward(weights, images))
        np.testing.assert_allclose(outputs[0], outputs[2], rtol=0, atol=1e-12)
        np.testing.assert_allclose(outputs[1], outputs[2], rtol=0, atol=1e-12)


def test_steps_are_counted_as_pooling_counts_them():
    steps = ((Steps() + -2) // 2 + -1) // 3
    assert [steps.at(t) for t in range(30)] == [((t - 2) // 2 - 1) // 3 for t in range(30)]
    assert (str(Steps() // 2), str((Steps() + -2) // 2)) == ("t // 2", "(t - 2) // 2")
    assert (steps.at(steps.shortest), steps.at(steps.shortest - 1)) == (1, 0)
    with pytest.raises(ValueError, match="rounded down by itself"):
        steps + steps


def test_a_text_model_that_pools_twice(rng):
    layers_of_it = [Conv1D("c1", 5, 3), ReLU(), MaxPool1D(2), Conv1D("c2", 4, 2), ReLU(), GlobalMaxPool1D()]
    blueprint = Blueprint(Chain(Embedding("e", 20, 3), *layers_of_it, Dense("o", 3)))
    assert [row.output for row in blueprint.layers()][3:5] == ["[n, (t - 2) // 2, 5]", "[n, (t - 4) // 2, 4]"]
    assert blueprint.shortest == 6
    weights, ids = blueprint.random_weights(rng, Framework.TORCH), blueprint.example_inputs(rng, 5, 13)
    w = {name: torch.from_numpy(array) for name, array in weights.items()}
    x = w["e.table"][torch.from_numpy(ids)].mT
    x = F.max_pool1d(F.conv1d(x, w["c1.kernel"].permute(2, 1, 0), w["c1.bias"]).relu(), 2)
    x = F.conv1d(x, w["c2.kernel"].permute(2, 1, 0), w["c2.bias"]).relu().amax(2)
    logits = x @ w["o.kernel"] + w["o.bias"]
    np.testing.assert_allclose(blueprint.forward(weights, ids), logits.numpy(), rtol=0, atol=1e-12)
    with pytest.raises(AssignmentError, match='Conv1D "c2" has width 2, but the sequences have only 1 steps'):
        blueprint.forward(weights, ids[:, :5])
    with pytest.raises(AssignmentError, match="MaxPool1D has windows of 2, but the sequences have 1 steps"):
        blueprint.forward(weights, ids[:, :3])
    with pytest.raises(AssignmentError, match="what is pooled can't be concatenated in time"):
        Blueprint(Chain(Embedding("e", 20, 3), Parallel(MaxPool1D(2), MaxPool1D(2), join="time"), GlobalMaxPool1D()))


@pytest.mark.parametrize("framework", Framework)
@pytest.mark.parametrize(
    ("change", "message", "advice"),
    [
        (
            {"conv1.kernel": (5, 5, 3, 32)},
            "1,536 too many: the kernel of conv1 is {}, not {}: height 5 instead of 3, width 5 instead of 3.",
            "the kernels of conv1 are 3 × 3",
        ),
        (
            {"conv1.kernel": (3, 3, 32, 32)},  # took the height for the channels
            "8,352 too many: the kernel of conv1 is {}, not {}: 32 inputs instead of 3.",
            "which PyTorch's layers need permuted to [n, channels, height, width]",
        ),
        (
            {"conv2.kernel": (3, 3, 32, 12)},
            "1,152 too few: the kernel of conv2 is {}, not {}: 12 outputs instead of 16.",
            "the output channels of a convolution are its number of filters",
        ),
        (
            {"output.kernel": (577, 10)},
            "10 too many: the kernel of output is {}, not {}: 577 inputs instead of 576.",
            "output takes all 576 features of what comes before it",
        ),
    ],
)
def test_what_differs_is_named_where_no_mistake_is_known(convnet, as_students, framework, change, message, advice):
    blueprint = convnet()
    order = {4: (3, 2, 0, 1), 2: (1, 0)}
    if framework is Framework.TORCH:
        change = {name: tuple(shape[axis] for axis in order[len(shape)]) for name, shape in change.items()}
    name, shape = next(iter(change.items()))
    finding = explain_parameters(blueprint, framework, as_students(blueprint, framework, shapes=change))
    native = next(p.native_shape(framework) for p in blueprint.parameters(framework) if p.name == name)
    assert finding.message.endswith(message.format(*(" × ".join(map(str, sizes)) for sizes in (shape, native))))
    assert advice in finding.advice
    assert finding.misconception == ""


def test_height_and_width_swapped_show_where_kernels_are_not_square(rng, as_students):
    """With square kernels the swap is another layout of the weights; else the output or the counts tell."""
    conv, pool = Conv2D("c", 4, (3, 2)), MaxPool2D((1, 2))
    pooled = Blueprint(Chain(conv, ReLU(), pool, GlobalMaxPool2D(), Dense("o", 3)), Signal((9, 8, 2)))
    flat = Blueprint(Chain(conv, ReLU(), pool, Flatten(), Dense("o", 3)), Signal((9, 8, 2)))
    square = Blueprint(Chain(Conv2D("c", 4, 3), MaxPool2D(2), Flatten(), Dense("o", 3)), Signal((9, 8, 2)))
    for blueprint in (pooled, flat, square):
        keys = [variant.key for variant in blueprint.variants(1)]
        assert ("height-width-swapped" in keys) == (blueprint is not square)
    swapped = next(v.blueprint for v in flat.variants(1) if v.key == "height-width-swapped")
    finding = explain_parameters(flat, Framework.TORCH, as_students(swapped, Framework.TORCH))
    assert finding.misconception == "height-width-swapped"
    weights, images = pooled.random_weights(rng, Framework.TORCH), pooled.example_inputs(rng, 4)
    w = {name: torch.from_numpy(array) for name, array in weights.items()}
    kernel = w["c.kernel"].permute(3, 2, 1, 0)  # a student's (out, in, 2, 3)
    x = F.max_pool2d(F.conv2d(first(images), kernel, w["c.bias"]).relu(), (2, 1)).amax((2, 3))
    swapped = next(v.blueprint for v in pooled.variants(1) if v.key == "height-width-swapped")
    logits = (x @ w["o.kernel"] + w["o.bias"]).numpy()
    np.testing.assert_allclose(swapped.forward(weights, images), logits, rtol=0, atol=1e-12)
