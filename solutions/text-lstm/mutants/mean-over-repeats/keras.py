"""The mean over all positions; where there is padding, Keras repeats the last word's output."""

import keras
from keras import layers


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> keras.Model:
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)

    token_ids = keras.Input(shape=(None,), dtype="int64")  # [n, length]
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform, mask_zero=True)(token_ids)
    states = layers.LSTM(hidden_size, return_sequences=True)(x)  # [n, length, hidden_size]
    h = keras.ops.mean(states, axis=1)  # [n, hidden_size]
    h = layers.Dropout(dropout)(h)  # [n, hidden_size]
    logits = layers.Dense(num_classes)(h)  # [n, num_classes]
    return keras.Model(token_ids, logits)
