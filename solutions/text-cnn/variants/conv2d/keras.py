"""The convolution over time as a Conv2D whose kernels are as wide as the embedding."""

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
    ids = keras.Input((None,), dtype="int32")
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform)(ids)
    x = layers.Reshape((-1, embed_dim, 1))(x)  # [n, length, embed_dim, 1]
    pooled = []
    for width in kernel_sizes:
        c = layers.Conv2D(num_filters, (width, embed_dim), activation="relu")(x)  # [n, length - width + 1, 1, filters]
        pooled.append(layers.GlobalMaxPooling2D()(c))
    z = layers.Dropout(dropout)(layers.Concatenate()(pooled))
    return keras.Model(ids, layers.Dense(num_classes)(z))
