"""A subclass of keras.Model with a `call`, saved as one .keras file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers


@keras.saving.register_keras_serializable(package="course")
class TextCNN(keras.Model):
    def __init__(
        self,
        vocab_size: int,
        embed_dim: int,
        num_filters: int,
        kernel_sizes: Sequence[int],
        num_classes: int,
        dropout: float,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sizes = {
            "vocab_size": vocab_size,
            "embed_dim": embed_dim,
            "num_filters": num_filters,
            "kernel_sizes": list(kernel_sizes),
            "num_classes": num_classes,
            "dropout": dropout,
        }
        uniform = keras.initializers.RandomUniform(-0.25, 0.25)
        self.embedding = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform)
        self.convolutions = [layers.Conv1D(num_filters, width, activation="relu") for width in kernel_sizes]
        self.pooling = layers.GlobalMaxPooling1D()
        self.dropout = layers.Dropout(dropout)
        self.classifier = layers.Dense(num_classes)

    def call(self, token_ids: Any, training: bool = False) -> Any:
        embedded = self.embedding(token_ids)
        pooled = [self.pooling(convolution(embedded)) for convolution in self.convolutions]
        features = self.dropout(keras.ops.concatenate(pooled, axis=-1), training=training)
        return self.classifier(features)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self.sizes}


def build_model(**sizes: Any) -> keras.Model:
    model = TextCNN(**sizes)
    model(np.zeros((1, max(sizes["kernel_sizes"])), dtype="int64"))  # creates the weights
    return model


def save(model: keras.Model, path: str) -> None:
    model.save(Path(path) / "model.keras")


def load(path: str) -> keras.Model:
    return keras.saving.load_model(Path(path) / "model.keras")
