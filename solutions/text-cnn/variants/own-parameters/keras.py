"""One layer with parameters of its own: dense first, kernels in PyTorch's layout, all biases last."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops


class KimLayer(keras.layers.Layer):
    def __init__(self, sizes: dict[str, Any]) -> None:
        super().__init__()
        self.sizes = sizes
        vocabulary, e, f = sizes["vocab_size"], sizes["embed_dim"], sizes["num_filters"]
        classes, widths = sizes["num_classes"], sizes["kernel_sizes"]
        uniform = keras.initializers.RandomUniform(-0.25, 0.25)
        self.w = self.add_weight(shape=(f * len(widths), classes), initializer="glorot_uniform", name="w")
        self.kernels = [self.add_weight(shape=(f, e, k), initializer="he_uniform", name=f"kernel{k}") for k in widths]
        self.table = self.add_weight(shape=(vocabulary, e), initializer=uniform, name="table")
        self.biases = [self.add_weight(shape=(f,), initializer="zeros", name=f"bias{k}") for k in widths]
        self.b = self.add_weight(shape=(classes,), initializer="zeros", name="b")
        self.dropout = keras.layers.Dropout(sizes["dropout"])

    def call(self, ids: Any, training: bool = False) -> Any:
        x = ops.take(self.table, ids, axis=0)
        maxima = []
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            c = ops.conv(x, ops.transpose(kernel, (2, 1, 0)), padding="valid")
            maxima.append(ops.max(ops.maximum(c + bias, 0.0), axis=1))
        return self.dropout(ops.concatenate(maxima, axis=1), training=training) @ self.w + self.b


def build_model(**sizes: Any) -> keras.Model:
    ids = keras.Input((None,), dtype="int64")
    layer = KimLayer(sizes | {"kernel_sizes": list(sizes["kernel_sizes"])})
    return keras.Model(ids, layer(ids))


def predict(model: keras.Model, token_ids: np.ndarray) -> np.ndarray:
    starts = range(0, len(token_ids), 500)
    return np.vstack([model.predict_on_batch(token_ids[start : start + 500]) for start in starts])


def save(model: keras.Model, path: str) -> None:
    Path(path, "sizes.json").write_text(json.dumps(model.layers[-1].sizes))
    np.savez(Path(path, "weights.npz"), *model.get_weights())


def load(path: str) -> keras.Model:
    model = build_model(**json.loads(Path(path, "sizes.json").read_text()))
    with np.load(Path(path, "weights.npz"), allow_pickle=False) as arrays:
        model.set_weights([arrays[name] for name in arrays.files])
    return model
