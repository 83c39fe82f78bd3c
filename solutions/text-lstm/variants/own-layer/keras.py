"""A layer with parameters of its own, one matrix for word and state, and a loop of keras.ops over the words."""

from typing import Any

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="course")
class WrittenOut(layers.Layer):
    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape: Any) -> None:
        self.bias = self.add_weight(shape=(4 * self.units,), initializer="zeros", name="bias")
        self.matrix = self.add_weight(shape=(shape[-1] + self.units, 4 * self.units), name="matrix")

    def call(self, x: Any, is_word: Any) -> Any:
        zeros = ops.zeros((ops.shape(x)[0], self.units))

        def step(before: Any, now: Any) -> Any:
            (h, c), (word, counts) = before, now
            f, i, g, o = ops.split(ops.concatenate([word, h], axis=1) @ self.matrix + self.bias, 4, axis=1)
            new_c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
            new_h = ops.sigmoid(o) * ops.tanh(new_c)
            return (ops.where(counts, new_h, h), ops.where(counts, new_c, c)), h

        words = ops.transpose(x, (1, 0, 2)), ops.expand_dims(ops.transpose(is_word), -1)
        (h, _), _ = ops.scan(step, (zeros, zeros), words)
        return ops.reshape(h, (-1, self.units))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> keras.Model:
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)
    ids = keras.Input((None,), dtype="int64")
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform)(ids)
    h = WrittenOut(hidden_size)(x, ops.not_equal(ids, 0))
    return keras.Model(ids, layers.Dense(num_classes)(layers.Dropout(dropout)(h)))
