"""Recurrent layers against real Keras models: tables, layouts, masks."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
from keras import layers

from autograder.blueprint import (
    Framework,
    StudentParameter,
    Tolerance,
    explain_logits,
    explain_parameters,
    fitting,
    matches,
)

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


both = layers.Bidirectional
BETWEEN = {  # the embedding and the output
    "lstm": lambda h: [layers.LSTM(h)],
    "gru": lambda h: [layers.GRU(h)],
    "rnn": lambda h: [layers.SimpleRNN(h)],
    "stacked": lambda h: [layers.LSTM(h, return_sequences=True), layers.LSTM(h)],
    "bidirectional": lambda h: [both(layers.LSTM(h))],
    "bidirectional gru": lambda h: [both(layers.GRU(h))],
    "stacked bidirectional": lambda h: [both(layers.LSTM(h, return_sequences=True)), both(layers.LSTM(h))],
    "cnn, lstm": lambda h: [layers.Conv1D(h + 1, 4, activation="relu"), layers.LSTM(h)],
    "lstm, max": lambda h: [layers.LSTM(h, return_sequences=True), MaxOverWords()],
    "bag of words": lambda h: [MeanOverWords(), layers.Dense(h, activation="relu")],
}


def student(between, vocab_size=40, embed_dim=7, hidden=6, num_classes=3, *, mask_zero=True):
    ids = keras.Input((None,), dtype="int64")
    x = layers.Embedding(vocab_size, embed_dim, mask_zero=mask_zero)(ids)
    for layer in between(hidden):
        x = layer(x)
    return keras.Model(ids, layers.Dense(num_classes)(layers.Dropout(0.5)(x)))


def students(model):
    return [StudentParameter(i, w.path, tuple(w.shape)) for i, w in enumerate(model.trainable_variables)]


def answer(model, match, weights, ids):
    for variable, array in zip(model.trainable_variables, match.to_student(weights), strict=True):
        variable.assign(array)
    return np.asarray(model(ids, training=False))


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("name", BETWEEN)
def test_the_oracle_is_keras(over_words, padded_ids, rng, name, sizes):
    blueprint = over_words(name, *sizes)
    model = student(BETWEEN[name], *sizes, mask_zero="cnn" not in name)
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


def last_of(layer):
    return [layer, layers.Lambda(lambda steps: steps[:, -1], mask=lambda *_: None)]


def stack_of_cells(h):
    return [layers.RNN([layers.LSTMCell(h), layers.LSTMCell(h)])]


def last_position(h):
    """Keras repeats the last state at padding."""
    return last_of(layers.LSTM(h, return_sequences=True))


class TwoBiases(layers.Layer):
    """A cell as PyTorch's, with a bias for the input and one for the state."""

    def __init__(self, units):
        super().__init__()
        self.units = units
        self.dense = [layers.Dense(4 * units), layers.Dense(4 * units)]
        self.state_size = [units, units]

    def build(self, shape):
        self.dense[0].build(shape)
        self.dense[1].build((None, self.units))

    def call(self, x, states):
        h, c = states
        i, f, g, o = keras.ops.split(self.dense[0](x) + self.dense[1](h), 4, axis=1)
        c = keras.ops.sigmoid(f) * c + keras.ops.sigmoid(i) * keras.ops.tanh(g)
        h = keras.ops.sigmoid(o) * keras.ops.tanh(c)
        return h, [h, c]


FORMS = {
    "stack of cells": ("stacked", stack_of_cells),
    "last position": ("lstm", last_position),
    "two biases": ("lstm", lambda h: [layers.RNN(TwoBiases(h))]),
    "return_state": ("lstm", lambda h: [layers.LSTM(h, return_state=True), lambda states: states[0]]),
    "implementation 1": ("gru", lambda h: [layers.GRU(h, implementation=1)]),
}


@pytest.mark.parametrize("form", FORMS)
def test_correct_forms_are_recognised(over_words, padded_ids, rng, form):
    name, between = FORMS[form]
    model, ids = student(between), padded_ids(rng)
    blueprint = fitting(over_words(name), KERAS, students(model))
    weights = blueprint.random_weights(rng, KERAS)
    found = answer(model, next(matches(blueprint, KERAS, students(model))), weights, ids)
    np.testing.assert_allclose(found, blueprint.forward(weights, ids), rtol=0, atol=1e-5)


MISTAKES = [
    ("lstm", "relu-activation", lambda h: [layers.LSTM(h, activation="relu")]),
    ("lstm", "reads-backwards", lambda h: [layers.LSTM(h, go_backwards=True)]),
    ("lstm", "mean-over-time", lambda h: [layers.LSTM(h, return_sequences=True), MeanOverWords()]),
    ("lstm", "max-over-time", lambda h: [layers.LSTM(h, return_sequences=True), layers.GlobalMaxPooling1D()]),
    ("lstm", "relu-behind-state", lambda h: [layers.LSTM(h), layers.ReLU()]),
    ("lstm", "cell-state", lambda h: [layers.LSTM(h, return_state=True), lambda states: states[2]]),
    ("gru", "reads-backwards", lambda h: [layers.GRU(h, go_backwards=True)]),
    ("rnn", "relu-activation", lambda h: [layers.SimpleRNN(h, activation="relu")]),
    ("bidirectional", "last-position", lambda h: last_of(both(layers.LSTM(h, return_sequences=True)))),
]


@pytest.mark.parametrize(("name", "key", "between"), MISTAKES)
@pytest.mark.filterwarnings("ignore:Layer 'global_max_pooling1d")  # which says that it lets no mask through
def test_a_student_who_makes_the_mistake_is_told_so(over_words, padded_ids, rng, name, key, between):
    assert named(over_words(name), student(between), padded_ids(rng), rng) == key


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn", "stacked", "bidirectional", "stacked bidirectional"])
def test_a_forgotten_mask_is_told(over_words, padded_ids, rng, name):
    model = student(BETWEEN[name], mask_zero=False)
    assert named(over_words(name), model, padded_ids(rng), rng) == "runs-over-padding"


def named(blueprint, model, ids, rng):
    weights = blueprint.random_weights(rng, KERAS)
    logits = answer(model, next(matches(blueprint, KERAS, students(model))), weights, ids)
    assert not Tolerance().agrees(logits, blueprint.forward(weights, ids))
    return explain_logits(blueprint, KERAS, weights, ids, logits).key


def test_another_cell_is_named_by_its_arrays(over_words, padded_ids, rng):
    truth, model, ids = over_words("gru"), student(lambda h: [layers.GRU(h, reset_after=False)]), padded_ids(rng)
    assert explain_parameters(truth, KERAS, students(model)).misconception == "reset-before"
    wrong = next(v.blueprint for v in truth.variants(1) if v.key == "reset-before")
    weights = wrong.random_weights(rng, KERAS)
    found = answer(model, next(matches(wrong, KERAS, students(model))), weights, ids)
    np.testing.assert_allclose(found, wrong.forward(weights, ids), rtol=0, atol=1e-5)


def test_keras_own_average_is_right_where_there_are_words(over_words, padded_ids, rng):
    def between(h):
        return [layers.GlobalAveragePooling1D(), layers.Dense(h, activation="relu")]

    blueprint, model, ids = over_words("bag of words"), student(between), padded_ids(rng)
    weights = blueprint.random_weights(rng, KERAS)
    found = answer(model, next(matches(blueprint, KERAS, students(model))), weights, ids)
    oracle, words = blueprint.forward(weights, ids), (ids != 0).any(axis=1)
    np.testing.assert_allclose(found[words], oracle[words], rtol=0, atol=1e-5)
    assert np.isnan(found[~words]).all(), "Keras divides 0 by 0 in a text without words"
    assert np.isfinite(oracle).all()
