"""A loop that ends one too early leaves out the last width."""

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

    maxima = []
    for i in range(len(kernel_sizes) - 1):
        c = layers.Conv1D(num_filters, kernel_sizes[i], activation="relu")(x)
        maxima.append(layers.GlobalMaxPooling1D()(c))  # [n, num_filters]

    z = layers.Concatenate()(maxima)  # [n, widths * num_filters]
    z = layers.Dropout(dropout)(z)  # [n, widths * num_filters]
    logits = layers.Dense(num_classes)(z)  # [n, num_classes]
    return keras.Model(token_ids, logits)
