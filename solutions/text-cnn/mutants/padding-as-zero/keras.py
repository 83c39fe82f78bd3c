"""The vectors of padding are set to zero by hand, though padding is a word like others here."""

from collections.abc import Sequence

import keras
from keras import layers


def build_model(
    *,
    vocab_size: int,
    embed_dim: int,
    num_filters: int,
    kernel_sizes: Sequence[int],
    num_classes: int,
    dropout: float,
) -> keras.Model:
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)

    token_ids = keras.Input(shape=(None,), dtype="int64")  # [n, length]
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform)(token_ids)  # [n, length, embed_dim]
    is_word = keras.ops.cast(keras.ops.not_equal(token_ids, 0), "float32")  # [n, length]
    x = x * keras.ops.expand_dims(is_word, -1)  # [n, length, embed_dim]

    maxima = []
    for width in kernel_sizes:
        c = layers.Conv1D(num_filters, width, activation="relu")(x)  # [n, length - width + 1, num_filters]
        maxima.append(layers.GlobalMaxPooling1D()(c))  # [n, num_filters]

    z = layers.Concatenate()(maxima)  # [n, len(kernel_sizes) * num_filters]
    z = layers.Dropout(dropout)(z)
    logits = layers.Dense(num_classes)(z)  # [n, num_classes]
    return keras.Model(token_ids, logits)
