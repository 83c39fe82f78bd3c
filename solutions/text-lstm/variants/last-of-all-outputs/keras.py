"""All outputs, of which the last is taken: Keras repeats the last word's at the padding."""

import keras
from keras import layers


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> keras.Model:
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)
    ids = keras.Input((None,), dtype="int64")
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform, mask_zero=True)(ids)
    h = layers.LSTM(hidden_size, return_sequences=True)(x)[:, -1, :]
    return keras.Model(ids, layers.Dense(num_classes)(layers.Dropout(dropout)(h)))
