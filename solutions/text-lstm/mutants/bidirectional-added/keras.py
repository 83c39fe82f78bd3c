"""The LSTM reads in both directions, and the last states of both are added up."""

import keras
from keras import layers


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> keras.Model:
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)

    token_ids = keras.Input(shape=(None,), dtype="int64")  # [n, length]
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform, mask_zero=True)(token_ids)
    h = layers.Bidirectional(layers.LSTM(hidden_size), merge_mode="sum")(x)  # [n, hidden_size]
    h = layers.Dropout(dropout)(h)  # [n, hidden_size]
    logits = layers.Dense(num_classes)(h)  # [n, num_classes]
    return keras.Model(token_ids, logits)
