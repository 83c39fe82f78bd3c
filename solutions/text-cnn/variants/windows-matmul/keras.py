"""The convolution written out: windows of words side by side, times a matrix that a Dense layer holds."""

from collections.abc import Sequence

import keras
from keras import layers, ops


def windows(x: keras.KerasTensor, width: int) -> keras.KerasTensor:
    """Shift and join: [n, length, embed_dim] to [n, length - width + 1, width * embed_dim]."""
    last = width - 1
    shifted = [x[:, i : i - last] if i < last else x[:, i:] for i in range(width)]
    return ops.concatenate(shifted, axis=-1)


def build_model(
    *,
    vocab_size: int,
    embed_dim: int,
    num_filters: int,
    kernel_sizes: Sequence[int],
    num_classes: int,
    dropout: float,
) -> keras.Model:
    ids = keras.Input((None,), dtype="int64")
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform)(ids)
    filters = [layers.Dense(num_filters, activation="relu") for _ in kernel_sizes]
    pooled = [ops.max(f(windows(x, width)), axis=1) for f, width in zip(filters, kernel_sizes, strict=True)]
    z = layers.Dropout(dropout)(ops.concatenate(pooled, axis=-1))
    return keras.Model(ids, layers.Dense(num_classes)(z))
