"""A Sequential of layers for each width, joined by the functional API; predictions in one call."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers


def branch(width: int, embed_dim: int, num_filters: int) -> keras.Sequential:
    return keras.Sequential(
        [
            keras.Input((None, embed_dim)),
            layers.Conv1D(num_filters, width),
            layers.ReLU(),
            layers.GlobalMaxPool1D(),
        ],
        name=f"width_{width}",
    )


def build_model(
    *,
    vocab_size: int,
    embed_dim: int,
    num_filters: int,
    kernel_sizes: Sequence[int],
    num_classes: int,
    dropout: float,
) -> keras.Model:
    inputs = keras.Input((None,), dtype="int32")
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform)(inputs)
    branches = [branch(width, embed_dim, num_filters)(x) for width in kernel_sizes]
    x = layers.concatenate(branches) if len(branches) > 1 else branches[0]
    x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, layers.Dense(num_classes, activation="linear")(x))


def predict(model: keras.Model, token_ids: np.ndarray) -> np.ndarray:
    return np.array(model(token_ids))
