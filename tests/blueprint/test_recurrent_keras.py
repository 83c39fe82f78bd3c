"""Recurrent layers against real Keras models: tables, layouts, masks."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
from keras import layers

from autograder.blueprint import Framework, StudentParameter, matches

KERAS = Framework.KERAS
SIZES = [(40, 7, 6, 3), (31, 5, 9, 2), (64, 12, 12, 4)]


class OverWords(layers.Layer):
    supports_masking = True

    def compute_mask(self, steps, mask=None):
        return None


class MaxOverWords(OverWords):
    """The maximum over the steps that the mask lets through, and zeros where there are none."""

    def call(self, steps, mask=None):
        largest = keras.ops.max(keras.ops.where(mask[:, :, None], steps, -np.inf), axis=1)
        return keras.ops.where(keras.ops.any(mask, axis=1)[:, None], largest, 0.0)


class MeanOverWords(OverWords):
    """Keras' own average divides 0 by 0 in a text without words."""

    def call(self, steps, mask=None):
        counts = keras.ops.cast(mask, "float32")[:, :, None]
        return keras.ops.sum(steps * counts, axis=1) / keras.ops.maximum(keras.ops.sum(counts, axis=1), 1)


def between(name, h):
    """What a student puts between the embedding and the output."""
    both = layers.Bidirectional
    return {
        "lstm": lambda: [layers.LSTM(h)],
        "gru": lambda: [layers.GRU(h)],
        "rnn": lambda: [layers.SimpleRNN(h)],
        "stacked": lambda: [layers.LSTM(h, return_sequences=True), layers.LSTM(h)],
        "bidirectional": lambda: [both(layers.LSTM(h))],
        "bidirectional gru": lambda: [both(layers.GRU(h))],
        "stacked bidirectional": lambda: [both(layers.LSTM(h, return_sequences=True)), both(layers.LSTM(h))],
        "cnn, lstm": lambda: [layers.Conv1D(h + 1, 4, activation="relu"), layers.LSTM(h)],
        "lstm, max": lambda: [layers.LSTM(h, return_sequences=True), MaxOverWords()],
        "bag of words": lambda: [MeanOverWords(), layers.Dense(h, activation="relu")],
        "cells": lambda: [layers.RNN([layers.LSTMCell(h), layers.LSTMCell(h)])],
        "average": lambda: [layers.GlobalAveragePooling1D(), layers.Dense(h, activation="relu")],
    }[name]()


def student(name, vocab_size, embed_dim, hidden, num_classes, *, mask_zero=True):
    ids = keras.Input((None,), dtype="int64")
    x = layers.Embedding(vocab_size, embed_dim, mask_zero=mask_zero)(ids)
    for layer in between(name, hidden):
        x = layer(x)
    return keras.Model(ids, layers.Dense(num_classes)(layers.Dropout(0.5)(x)))


def students(model):
    return [StudentParameter(i, w.path, tuple(w.shape)) for i, w in enumerate(model.trainable_variables)]


def answer(model, match, weights, ids):
    for variable, array in zip(model.trainable_variables, match.to_student(weights), strict=True):
        variable.assign(array)
    return np.asarray(model(ids, training=False))


NAMES = [
    "lstm",
    "gru",
    "rnn",
    "stacked",
    "bidirectional",
    "bidirectional gru",
    "stacked bidirectional",
    "cnn, lstm",
    "lstm, max",
    "bag of words",
]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_the_oracle_is_keras(over_words, padded_ids, rng, name, sizes):
    blueprint = over_words(name, *sizes)
    model = student(name, *sizes, mask_zero="cnn" not in name)
    assert blueprint.count(KERAS) == model.count_params()
    shapes = [p.native_shape(KERAS) for p in blueprint.parameters(KERAS)]
    assert shapes == [tuple(w.shape) for w in model.trainable_variables]
    weights, ids = blueprint.random_weights(rng, KERAS), padded_ids(rng, sizes[0])
    match = next(matches(blueprint, KERAS, students(model)))
    oracle = blueprint.forward(weights, ids)
    np.testing.assert_allclose(answer(model, match, weights, ids), oracle, rtol=0, atol=1e-5)
    assert oracle.std(axis=0).max() > 0.01
    read = match.from_student([np.asarray(w) for w in model.trainable_variables])
    np.testing.assert_allclose(blueprint.forward(read, ids), oracle, rtol=0, atol=1e-5)
