"""A Sequential."""

import keras
from keras import layers


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> keras.Model:
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int64"),
            layers.Embedding(vocab_size, embed_dim, mask_zero=True, embeddings_initializer=uniform),
            layers.LSTM(hidden_size),
            layers.Dropout(dropout),
            layers.Dense(num_classes),
        ]
    )
