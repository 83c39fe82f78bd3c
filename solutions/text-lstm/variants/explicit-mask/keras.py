"""The mask made by hand and passed as `mask=`; no mask_zero."""

import keras
from keras import layers, ops


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> keras.Model:
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)
    ids = keras.Input((None,), dtype="int64")
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform)(ids)
    h = layers.LSTM(hidden_size)(x, mask=ops.not_equal(ids, 0))
    return keras.Model(ids, layers.Dense(num_classes)(layers.Dropout(dropout)(h)))
