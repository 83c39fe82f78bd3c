"""The mask is made, and lost on the way: a reshape hands none on."""

import keras
from keras import layers


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> keras.Model:
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)

    token_ids = keras.Input(shape=(None,), dtype="int64")  # [n, length]
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform, mask_zero=True)(token_ids)
    x = keras.ops.reshape(x, (-1, keras.ops.shape(x)[1], embed_dim))  # the same numbers, but Keras' mask is gone
    h = layers.LSTM(hidden_size)(x)  # [n, hidden_size]
    h = layers.Dropout(dropout)(h)  # [n, hidden_size]
    logits = layers.Dense(num_classes)(h)  # [n, num_classes]
    return keras.Model(token_ids, logits)
