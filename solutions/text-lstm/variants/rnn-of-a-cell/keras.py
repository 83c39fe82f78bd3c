"""RNN(LSTMCell) in place of the LSTM, with the slower of its two implementations."""

import keras
from keras import layers


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> keras.Model:
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)
    ids = keras.Input((None,), dtype="int64")
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform, mask_zero=True)(ids)
    h = layers.RNN(layers.LSTMCell(hidden_size, implementation=1))(x)
    return keras.Model(ids, layers.Dense(num_classes)(layers.Dropout(dropout)(h)))
