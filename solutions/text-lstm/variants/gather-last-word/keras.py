"""No mask: the LSTM runs over the padding, and the output at the last word is gathered."""

import keras
from keras import layers, ops


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> keras.Model:
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)
    ids = keras.Input((None,), dtype="int64")
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform)(ids)
    states = layers.LSTM(hidden_size, return_sequences=True)(x)
    is_word = ops.cast(ops.not_equal(ids, 0), "int32")
    is_last = ops.equal(ops.cumsum(is_word, axis=1) * is_word, ops.sum(is_word, axis=1, keepdims=True))
    is_last = ops.cast(ops.logical_and(is_last, ops.not_equal(ids, 0)), "float32")
    h = ops.einsum("nt,nth->nh", is_last, states)
    return keras.Model(ids, layers.Dense(num_classes)(layers.Dropout(dropout)(h)))
