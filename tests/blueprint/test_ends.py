"""Models whose output differs between the frameworks."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.blueprint import Blueprint, Chain, Dense, Framework, LogSoftmax, PerFramework, Signal, Softmax

KERAS, TORCH = Framework.KERAS, Framework.TORCH


def test_each_framework_has_its_end(convnet, rng):
    blueprint = convnet(12, 10, 2, (5, 4), 3)
    weights, images = blueprint.random_weights(rng, KERAS), blueprint.example_inputs(rng, 6)
    logits = blueprint.forward(weights, images)
    probabilities, logarithms = (blueprint.of(framework).forward(weights, images) for framework in Framework)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    np.testing.assert_allclose(np.exp(logarithms), probabilities, rtol=0, atol=1e-12)
    np.testing.assert_allclose(logits - logits[:, :1], logarithms - logarithms[:, :1], rtol=0, atol=1e-12)
    concrete = blueprint.of(KERAS)
    assert concrete.of(TORCH) is concrete, "nothing is left to choose"
    assert blueprint.of(TORCH).count(TORCH) == blueprint.count(TORCH)


def test_a_model_without_differences_is_itself(text_cnn):
    blueprint = text_cnn()
    assert blueprint.of(KERAS) is blueprint is blueprint.of(TORCH)


def test_one_end_may_be_for_both():
    blueprint = Blueprint(Dense("d", 3), Signal((4,)), ends=Softmax())
    assert blueprint.of(KERAS) is blueprint
    assert blueprint.layers()[-1].words == "softmax"
    assert "no-softmax" in {variant.key for variant in blueprint.variants(1)}


@pytest.mark.parametrize("framework", Framework)
def test_what_the_mistakes_say(framework):
    ends = PerFramework(keras=Softmax(), torch=LogSoftmax())
    blueprint = Blueprint(Chain(Dense("d", 3)), Signal((4,)), ends).of(framework)
    says = {variant.key: variant.says for variant in blueprint.variants(1)}
    if framework is KERAS:
        assert says["no-softmax"] == "returns raw logits; the handout's ends in softmax"
        assert says["log-softmax-instead-of-softmax"] == "ends in log-softmax; the handout's ends in softmax"
    else:
        assert says["log-softmax-over-batch"] == (
            "takes the log-softmax over the batch (axis 0), not the classes; the handout's ends in log-softmax"
        )
        assert says["softmax-twice"] == "takes a softmax of a softmax; the handout's ends in log-softmax"
