"""The functional API with keras.ops in place of the pooling, joining and ReLU layers."""

from collections.abc import Sequence

import keras
from keras import layers, ops


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
    convolutions = [layers.Conv1D(num_filters, width, padding="valid") for width in kernel_sizes]
    pooled = [ops.amax(ops.relu(convolution(x)), axis=1) for convolution in convolutions]
    z = ops.concatenate(pooled, axis=-1)
    return keras.Model(ids, layers.Dense(num_classes)(layers.Dropout(dropout)(z)))
