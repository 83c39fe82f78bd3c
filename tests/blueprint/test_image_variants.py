"""What goes wrong with images and normalizations: each mistake is named for itself, and for no other model."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from autograder.blueprint import (
    AveragePool2D,
    BatchNorm,
    Blueprint,
    Chain,
    Conv2D,
    Dense,
    Flatten,
    Framework,
    GlobalAveragePool2D,
    GlobalMaxPool2D,
    LayerNorm,
    MaxPool2D,
    ReLU,
    Signal,
    Softmax,
    Tolerance,
    explain_logits,
    explain_parameters,
)

KERAS, TORCH = Framework.KERAS, Framework.TORCH

SHARED_KEYS = {
    "average-before-activation",
    "average-pooling",
    "filters-swapped",
    "global-pooling",
    "missing-pooling",
    "missing-relu",
    "no-bias",
    "no-output-bias",
    "no-pooling",
    "no-relu",
    "pooling-rounds-up",
    "relu-on-output",
    "same-padding",
    "softmax-twice",
    "stride-instead-of-pooling",
    "tanh-instead-of-relu",
    "view-instead-of-permute",
}
END_KEYS = {
    KERAS: {
        "no-softmax",
        "log-softmax-instead-of-softmax",
        "sigmoid-instead-of-softmax",
        "softmax-over-batch",
    },
    TORCH: {
        "no-log-softmax",
        "softmax-instead-of-log-softmax",
        "sigmoid-instead-of-log-softmax",
        "log-softmax-over-batch",
    },
}


def normed(image):
    """Not square kernels, two kinds of normalization, average pooling, flattened."""
    first = Conv2D("conv1", 6, (3, 2)), BatchNorm("norm1"), ReLU(), AveragePool2D((2, 3))
    second = Conv2D("conv2", 7, 3, padding="same"), LayerNorm("norm2"), ReLU()
    return Blueprint(Chain(*first, *second, Flatten(), Dense("output", 4)), Signal(image))


def pooled(image, end):
    """Chains within a chain, no bias, pooled as a whole."""
    blocks = [Chain(Conv2D(f"conv{n}", n, 3, use_bias=False), BatchNorm(f"n{n}"), ReLU(), MaxPool2D()) for n in (5, 8)]
    return Blueprint(Chain(*blocks, end, Dense("output", 4)), Signal(image), Softmax())


def perceptron(features):
    hidden = Dense("hidden1", 8), LayerNorm("norm1"), ReLU(), Dense("hidden2", 7), BatchNorm("norm2"), ReLU()
    return Blueprint(Chain(*hidden, Dense("output", 4)), Signal((features,)))


@pytest.fixture(
    params=["odd", "even", "mixed", "handout", "normed", "global average", "global maximum", "perceptron"],
)
def blueprint(request, convnet):
    warm_up = {"filters": (7, 6), "num_classes": 5}
    return {
        "odd": lambda: convnet(19, 15, 3, **warm_up),
        "even": lambda: convnet(14, 18, 4, **warm_up),
        "mixed": lambda: convnet(16, 13, 2, **warm_up),
        "handout": convnet,
        "normed": lambda: normed((11, 15, 3)),
        "global average": lambda: pooled((17, 15, 2), GlobalAveragePool2D()),
        "global maximum": lambda: pooled((16, 19, 2), GlobalMaxPool2D()),
        "perceptron": lambda: perceptron(9),
    }[request.param]()


HARMLESS = {"pooling-rounds-up", "layer-norm-over-example"}  # at even sizes, and of vectors: then it is the right model


@pytest.mark.parametrize("framework", Framework)
def test_the_warm_up_knows_its_misconceptions(convnet, framework):
    singles = list(convnet().of(framework).variants(1))
    assert {v.key for v in singles} == SHARED_KEYS | END_KEYS[framework]
    assert len({v.says for v in singles}) == len(singles)
    missing = {v.says for v in singles if v.key.startswith("missing")}
    assert missing == {f"leaves out the {what} behind conv{n}" for what in ("ReLU", "pooling") for n in (1, 2)}
    assert {v.says for v in singles if v.key == "filters-swapped"} == {
        "has convolutions of 16, then 32 filters; the handout's have 32, then 16"
    }


@pytest.mark.parametrize("framework", Framework)
def test_every_mistake_in_the_output_is_named_and_no_other(blueprint, framework, rng):
    """All pairs of models with the handout's parameters, the right one among them, differ by far more than rounding."""
    concrete = blueprint.of(framework)
    weights, inputs = blueprint.random_weights(rng, framework), blueprint.example_inputs(rng, 24)
    table = {name: array.shape for name, array in weights.items()}
    outputs = {"": concrete.forward(weights, inputs)}
    for variant in concrete.variants(1):
        if variant.blueprint.has_table(table, framework):
            output = variant.blueprint.forward(weights, inputs)
            named = explain_logits(blueprint, framework, weights, inputs, output.astype(np.float32))
            if variant.key in HARMLESS and np.abs(output - outputs[""]).max() < 1e-12:
                assert named is None
            else:
                assert named is not None, variant.key
                assert named.says == variant.says
                outputs[variant.says] = output
    assert len(outputs) > 8
    for (one, a), (other, b) in combinations(outputs.items(), 2):
        assert not Tolerance().agrees(a, b), (one, other)


@pytest.mark.parametrize("framework", Framework)
def test_every_mistake_in_the_parameters_is_named_and_no_other(blueprint, framework, rng, as_students):
    """Where several have the same arrays, each is named."""
    concrete = blueprint.of(framework)
    right = as_students(concrete, framework)
    alike = {}
    for variant in concrete.variants(1):
        arrays = sorted((p.native_shape(framework), p.trainable) for p in variant.blueprint.parameters(framework))
        alike.setdefault(tuple(arrays), []).append(variant)
    right_arrays = tuple(sorted((s.shape, s.trainable) for s in right))
    assert len(alike) > 4
    for arrays, variants in alike.items():
        for variant in variants if arrays != right_arrays else ():
            finding = explain_parameters(blueprint, framework, as_students(variant.blueprint, framework))
            assert finding.misconception == "|".join(dict.fromkeys(v.key for v in variants))
            assert all(v.says in finding.message for v in variants[:3])


@pytest.mark.parametrize("framework", Framework)
def test_two_mistakes_at_once_are_named(convnet, rng, framework):
    blueprint = convnet(13, 15, 2, filters=(7, 6), num_classes=5)
    weights, inputs = blueprint.random_weights(rng, framework), blueprint.example_inputs(rng, 16)
    table = {name: array.shape for name, array in weights.items()}
    recognised = 0
    for number, variant in enumerate(blueprint.of(framework).variants()):
        if number % 5 == 0 and variant.blueprint.has_table(table, framework):  # a fifth of them
            output = variant.blueprint.forward(weights, inputs)
            named = explain_logits(blueprint, framework, weights, inputs, output.astype(np.float32))
            assert named is not None, variant.key
            assert named.key == variant.key or Tolerance().agrees(output, named.blueprint.forward(weights, inputs))
            recognised += named.key == variant.key
    assert recognised > 10


def test_a_mistake_that_leaves_nothing_of_an_image_is_left_out():
    def keys(width):
        layers = Conv2D("conv", 4, (5, 2)), ReLU(), MaxPool2D((2, 1)), Flatten(), Dense("output", 3)
        return {variant.key for variant in Blueprint(Chain(*layers), Signal((9, width, 2))).variants()}

    assert "height-width-swapped" in keys(6)
    assert "height-width-swapped" not in keys(4), "a kernel of width 5 doesn't fit in"
    assert len(keys(4)) > 20


def test_other_layouts_are_no_mistakes(convnet):
    """Flattened in another order, height and width exchanged throughout: the match finds that, no variant is needed."""
    keys = {variant.key for variant in convnet().variants(1)}
    assert not any("flatten" in key or "swapped" in key for key in keys - {"filters-swapped"})
