"""The feature maps are joined along time, so that one maximum is taken over all widths."""

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

    feature_maps = []
    for width in kernel_sizes:
        c = layers.Conv1D(num_filters, width, activation="relu")(x)  # [n, length - width + 1, num_filters]
        feature_maps.append(c)

    z = layers.Concatenate(axis=1)(feature_maps)  # [n, all windows, num_filters]
    z = layers.GlobalMaxPooling1D()(z)  # [n, num_filters]
    z = layers.Dropout(dropout)(z)  # [n, num_filters]
    logits = layers.Dense(num_classes)(z)  # [n, num_classes]
    return keras.Model(token_ids, logits)
