"""The gallery's models in Keras, as students write them."""

from __future__ import annotations

import keras
from keras import layers

ops = keras.ops


class OverWords(layers.Layer):
    supports_masking = True

    def compute_mask(self, *_, **__):
        return None


class MeanOverWords(OverWords):
    """Keras' own average divides 0 by 0 in a text without words."""

    def call(self, steps, words):
        counts = ops.cast(words, "float32")[:, :, None]
        return ops.sum(steps * counts, axis=1) / ops.maximum(ops.sum(counts, axis=1), 1)


class MaxOverWords(OverWords):
    def call(self, steps, words):
        largest = ops.max(ops.where(words[:, :, None], steps, -1e9), axis=1)
        return ops.where(ops.any(words, axis=1)[:, None], largest, 0.0)


def _text(vocab_size, embed_dim, *, mask_zero=True):
    ids = keras.Input((None,), dtype="int64")
    return ids, ops.not_equal(ids, 0), layers.Embedding(vocab_size, embed_dim, mask_zero=mask_zero)(ids)


def bidirectional_lstm(*, vocab_size, embed_dim, hidden_size, num_classes, dropout):
    ids, _, x = _text(vocab_size, embed_dim)
    x = layers.Bidirectional(layers.LSTM(hidden_size))(x)
    return keras.Model(ids, layers.Dense(num_classes)(layers.Dropout(dropout)(x)))


def stacked_lstm(*, vocab_size, embed_dim, hidden_size, num_classes, dropout):
    ids, _, x = _text(vocab_size, embed_dim)
    x = layers.Dropout(dropout)(layers.LSTM(hidden_size, return_sequences=True)(x))
    return keras.Model(ids, layers.Dense(num_classes)(layers.LSTM(hidden_size)(x)))


def gru(*, vocab_size, embed_dim, hidden_size, num_classes, dropout):
    ids, _, x = _text(vocab_size, embed_dim)
    return keras.Model(ids, layers.Dense(num_classes)(layers.Dropout(dropout)(layers.GRU(hidden_size)(x))))


def bidirectional_gru_max(*, vocab_size, embed_dim, hidden_size, num_classes, dropout):
    ids, words, x = _text(vocab_size, embed_dim)
    x = layers.Bidirectional(layers.GRU(hidden_size, return_sequences=True))(x)
    x = layers.Dropout(dropout)(MaxOverWords()(x, words))
    return keras.Model(ids, layers.Dense(num_classes)(x))


def cnn_lstm(*, vocab_size, embed_dim, num_filters, width, hidden_size, num_classes, dropout):
    ids, _, x = _text(vocab_size, embed_dim, mask_zero=False)
    x = layers.MaxPooling1D(2)(layers.Conv1D(num_filters, width, activation="relu")(x))
    return keras.Model(ids, layers.Dense(num_classes)(layers.LSTM(hidden_size)(layers.Dropout(dropout)(x))))


def cnn_lstm_over_words(*, vocab_size, embed_dim, num_filters, width, hidden_size, num_classes, dropout):
    ids, words, x = _text(vocab_size, embed_dim, mask_zero=False)
    x = layers.Dropout(dropout)(layers.Conv1D(num_filters, width, padding="same", activation="relu")(x))
    return keras.Model(ids, layers.Dense(num_classes)(layers.LSTM(hidden_size)(x, mask=words)))


def bag_of_embeddings(*, vocab_size, embed_dim, hidden_size, num_classes, dropout):
    ids, words, x = _text(vocab_size, embed_dim, mask_zero=False)
    x = layers.Dense(hidden_size, activation="relu")(MeanOverWords()(x, words))
    return keras.Model(ids, layers.Dense(num_classes)(layers.Dropout(dropout)(x)))


def average_cnn(*, vocab_size, embed_dim, num_filters, width, num_classes, dropout):
    ids, words, x = _text(vocab_size, embed_dim, mask_zero=False)
    x = layers.Conv1D(num_filters, width, activation="relu")(x)
    x = MeanOverWords()(x, words[:, width - 1 :])
    return keras.Model(ids, layers.Dense(num_classes)(layers.Dropout(dropout)(x)))


def batch_norm_cnn(*, vocab_size, embed_dim, num_filters, width, num_classes, epsilon):
    ids, _, x = _text(vocab_size, embed_dim, mask_zero=False)
    x = layers.BatchNormalization(epsilon=epsilon)(layers.Conv1D(num_filters, width)(x))
    return keras.Model(ids, layers.Dense(num_classes)(layers.GlobalMaxPooling1D()(layers.ReLU()(x))))


def layer_norm_lstm(*, vocab_size, embed_dim, hidden_size, num_classes, epsilon):
    ids, words, x = _text(vocab_size, embed_dim)
    x = layers.LayerNormalization(epsilon=epsilon)(layers.LSTM(hidden_size, return_sequences=True)(x))
    return keras.Model(ids, layers.Dense(num_classes)(MeanOverWords()(x, words)))


def batch_norm_convnet(*, height, width, channels, filters, num_classes, epsilon):
    images = x = keras.Input((height, width, channels))
    for number in filters:
        x = layers.BatchNormalization(epsilon=epsilon)(layers.Conv2D(number, 3, use_bias=False)(x))
        x = layers.AveragePooling2D(2)(layers.ReLU()(x))
    return keras.Model(images, layers.Dense(num_classes)(layers.Flatten()(x)))
