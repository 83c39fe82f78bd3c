"""The LSTM of 1997, which never forgets."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="course")
class CellOf1997(layers.Layer):
    def __init__(self, units: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]

    def build(self, input_shape) -> None:
        self.kernel = self.add_weight(shape=(input_shape[-1], 3 * self.units), name="kernel")
        self.recurrent = self.add_weight(shape=(self.units, 3 * self.units), name="recurrent", initializer="orthogonal")
        self.bias = self.add_weight(shape=(3 * self.units,), name="bias", initializer="zeros")

    def call(self, x, states, training: bool = False):
        h, c = states
        i, g, o = ops.split(x @ self.kernel + h @ self.recurrent + self.bias, 3, axis=1)  # each [n, units]
        c = c + ops.sigmoid(i) * ops.tanh(g)
        h = ops.sigmoid(o) * ops.tanh(c)
        return h, [h, c]

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.units}


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> keras.Model:
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)

    token_ids = keras.Input(shape=(None,), dtype="int64")  # [n, length]
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform, mask_zero=True)(token_ids)
    h = layers.RNN(CellOf1997(hidden_size))(x)  # [n, hidden_size]
    h = layers.Dropout(dropout)(h)  # [n, hidden_size]
    logits = layers.Dense(num_classes)(h)  # [n, num_classes]
    return keras.Model(token_ids, logits)
