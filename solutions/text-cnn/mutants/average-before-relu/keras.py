"""The mean over time, and ReLU behind it, as a well-known textbook has it."""

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

    means = []
    for width in kernel_sizes:
        c = layers.Conv1D(num_filters, width)(x)  # [n, length - width + 1, num_filters]
        means.append(layers.ReLU()(layers.GlobalAveragePooling1D()(c)))  # [n, num_filters]

    z = layers.Concatenate()(means)  # [n, len(kernel_sizes) * num_filters]
    z = layers.Dropout(dropout)(z)  # [n, len(kernel_sizes) * num_filters]
    logits = layers.Dense(num_classes)(z)  # [n, num_classes]
    return keras.Model(token_ids, logits)
