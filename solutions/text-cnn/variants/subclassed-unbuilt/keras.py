"""A subclass of keras.Model whose weights wait for the first batch; saved as its sizes and weights."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers


class SentenceClassifier(keras.Model):
    def __init__(self, sizes: dict[str, Any]) -> None:
        super().__init__()
        self.sizes = sizes
        self.out = layers.Dense(sizes["num_classes"], name="out")
        self.drop = layers.Dropout(sizes["dropout"])
        self.pairs = [
            (layers.Conv1D(sizes["num_filters"], width), layers.Activation("relu")) for width in sizes["kernel_sizes"]
        ]
        uniform = keras.initializers.RandomUniform(-0.25, 0.25)
        self.embed = layers.Embedding(sizes["vocab_size"], sizes["embed_dim"], embeddings_initializer=uniform)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        x = self.embed(inputs)
        x = keras.ops.concatenate([keras.ops.max(relu(conv(x)), axis=1) for conv, relu in self.pairs], axis=1)
        return self.out(self.drop(x, training=training))


def build_model(**sizes: Any) -> keras.Model:
    return SentenceClassifier(sizes | {"kernel_sizes": list(sizes["kernel_sizes"])})


def predict(model: keras.Model, token_ids: np.ndarray) -> np.ndarray:
    return model.predict(token_ids, batch_size=128, verbose=0)


def save(model: keras.Model, path: str) -> None:
    Path(path, "sizes.json").write_text(json.dumps(model.sizes))
    model.save_weights(Path(path, "weights.weights.h5"))


def load(path: str) -> keras.Model:
    sizes = json.loads(Path(path, "sizes.json").read_text())
    model = build_model(**sizes)
    model(np.zeros((1, max(sizes["kernel_sizes"])), dtype="int32"))
    model.load_weights(Path(path, "weights.weights.h5"))
    return model
