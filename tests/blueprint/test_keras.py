"""Against real Keras models: layouts, order of registration, padding."""

from __future__ import annotations

import os
from itertools import islice

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
from keras import layers

from autograder.blueprint import Chain, Conv1D, Framework, StudentParameter, Tolerance, explain_logits, matches
from autograder.blueprint.layer import Activations, Run

KERAS = Framework.KERAS
V, E, N, K, C = 40, 7, 6, (3, 4, 5), 3


def functional(end=None):
    ids = keras.Input((None,), dtype="int64")
    x = layers.Embedding(V, E)(ids)
    pooled = [layers.GlobalMaxPooling1D()(layers.Conv1D(N, k, activation="relu")(x)) for k in K]
    return keras.Model(ids, layers.Dense(C, activation=end)(layers.Dropout(0.5)(layers.concatenate(pooled))))


class Conv2DAs1D(keras.Model):
    """Kernels (width, features, 1, filters); the dense layer is built first."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(C)
        self.dense.build((None, N * len(K)))
        self.convs = [layers.Conv2D(N, (k, E), activation="relu") for k in reversed(K)]
        self.embedding = layers.Embedding(V, E)

    def call(self, ids):
        x = keras.ops.expand_dims(self.embedding(ids), -1)
        pooled = [keras.ops.max(conv(x), axis=(1, 2)) for conv in reversed(self.convs)]
        return self.dense(keras.ops.concatenate(pooled, axis=-1))


def students(model):
    return [StudentParameter(i, w.path, tuple(w.shape)) for i, w in enumerate(model.trainable_variables)]


def answer(model, match, weights, ids):
    for variable, array in zip(model.trainable_variables, match.to_student(weights), strict=True):
        variable.assign(array)
    return np.asarray(model(ids, training=False))


@pytest.fixture
def probe(text_cnn, rng):
    blueprint = text_cnn(vocab_size=V, embed_dim=E, num_filters=N, num_classes=C)
    return blueprint, blueprint.random_weights(rng, KERAS), blueprint.example_inputs(rng, 64, 24)


@pytest.mark.parametrize("build", [functional, Conv2DAs1D])
def test_correct_models_agree_however_they_are_written(probe, build):
    blueprint, weights, ids = probe
    model = build()
    model(ids)
    oracle = blueprint.forward(weights, ids)
    candidates = islice(matches(blueprint, KERAS, students(model)), 3)
    differences = [np.abs(answer(model, match, weights, ids) - oracle).max() for match in candidates]
    assert min(differences) < 1e-5
    assert all(d < 1e-5 or d > 0.1 for d in differences), "a wrong reading of the arrays shows"


def test_a_student_who_ends_in_softmax_is_told_so(probe):
    blueprint, weights, ids = probe
    model = functional(end="softmax")
    logits = answer(model, next(matches(blueprint, KERAS, students(model))), weights, ids)
    assert explain_logits(blueprint, KERAS, weights, ids, logits, Tolerance()).key == "softmax-inside"


@pytest.mark.parametrize("width", [2, 3, 4, 5])
@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
def test_padding_is_that_of_keras(rng, width, padding):
    x, kernel = rng.normal(size=(2, 9, 3)), rng.normal(size=(width, 3, 4))
    run = Run({"c.kernel": kernel})
    found = Chain(Conv1D("c", 4, width, padding=padding, use_bias=False)).forward(Activations(x), run).values
    layer = layers.Conv1D(4, width, padding=padding, use_bias=False)
    layer.build(x.shape)
    layer.set_weights([kernel])
    np.testing.assert_allclose(found, np.asarray(layer(x.astype(np.float32))), rtol=0, atol=1e-5)
