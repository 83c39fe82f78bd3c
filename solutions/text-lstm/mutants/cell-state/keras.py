"""The cell state, which comes last of what the LSTM hands out, instead of the hidden state."""

import keras
from keras import layers


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> keras.Model:
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)

    token_ids = keras.Input(shape=(None,), dtype="int64")  # [n, length]
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform, mask_zero=True)(token_ids)
    _, _, h = layers.LSTM(hidden_size, return_state=True)(x)  # output, hidden state, cell state
    h = layers.Dropout(dropout)(h)  # [n, hidden_size]
    logits = layers.Dense(num_classes)(h)  # [n, num_classes]
    return keras.Model(token_ids, logits)
