"""ReLU after the maximum: the same function, since ReLU keeps the order. Dropout applies to each branch."""

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
    ids = keras.Input((None,), dtype="int64")
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform)(ids)
    features = []
    for width in kernel_sizes:
        best = layers.GlobalMaxPooling1D()(layers.Conv1D(num_filters, width)(x))
        features.append(layers.Dropout(dropout)(layers.Activation("relu")(best)))
    return keras.Model(ids, layers.Dense(num_classes)(layers.Concatenate()(features)))
