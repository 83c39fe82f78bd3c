"""A subclass of keras.Model that hands the mask on by itself; dense is made first; saved as sizes and weights."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers


class TextLSTM(keras.Model):
    def __init__(self, sizes: dict[str, Any]) -> None:
        super().__init__()
        self.sizes = sizes
        self.classifier = layers.Dense(sizes["num_classes"])
        self.dropout = layers.Dropout(sizes["dropout"])
        self.lstm = layers.LSTM(sizes["hidden_size"])
        uniform = keras.initializers.RandomUniform(-0.25, 0.25)
        self.embedding = layers.Embedding(sizes["vocab_size"], sizes["embed_dim"], embeddings_initializer=uniform)

    def call(self, token_ids: Any, training: bool = False) -> Any:
        state = self.lstm(self.embedding(token_ids), mask=keras.ops.not_equal(token_ids, 0), training=training)
        return self.classifier(self.dropout(state, training=training))


def build_model(**sizes: Any) -> keras.Model:
    return TextLSTM(sizes)


def save(model: keras.Model, path: str) -> None:
    Path(path, "sizes.json").write_text(json.dumps(model.sizes))
    model.save_weights(Path(path, "weights.weights.h5"))


def load(path: str) -> keras.Model:
    model = build_model(**json.loads(Path(path, "sizes.json").read_text()))
    model(np.ones((1, 2), dtype="int64"))
    model.load_weights(Path(path, "weights.weights.h5"))
    return model
