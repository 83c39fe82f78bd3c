"""The embedding of the padding is set to zero, and the LSTM then reads these zeros as words."""

import keras
from keras import layers


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> keras.Model:
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)

    token_ids = keras.Input(shape=(None,), dtype="int64")  # [n, length]
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform, mask_zero=False)(token_ids)
    is_word = keras.ops.cast(keras.ops.not_equal(token_ids, 0), "float32")  # [n, length]
    x = x * keras.ops.expand_dims(is_word, -1)
    h = layers.LSTM(hidden_size)(x)  # [n, hidden_size]
    h = layers.Dropout(dropout)(h)  # [n, hidden_size]
    logits = layers.Dense(num_classes)(h)  # [n, num_classes]
    return keras.Model(token_ids, logits)
