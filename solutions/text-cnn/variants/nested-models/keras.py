"""A feature extractor and a classifier, two models inside a third; compiled with a function as its loss."""

from typing import Any

import keras
import numpy as np
from keras import layers


def feature_extractor(sizes: dict[str, Any]) -> keras.Model:
    ids = keras.Input((None,), dtype="int32", name="ids")
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)
    embedding = layers.Embedding(sizes["vocab_size"], sizes["embed_dim"], embeddings_initializer=uniform, name="words")
    words = embedding(ids)
    maps = [layers.Conv1D(sizes["num_filters"], w, activation="relu", name=f"conv{w}") for w in sizes["kernel_sizes"]]
    pooled = [layers.GlobalMaxPooling1D()(conv(words)) for conv in maps]
    return keras.Model(ids, layers.Concatenate()(pooled), name="features")


def classifier(sizes: dict[str, Any]) -> keras.Model:
    width = sizes["num_filters"] * len(sizes["kernel_sizes"])
    return keras.Sequential(
        [keras.Input((width,)), layers.Dropout(sizes["dropout"]), layers.Dense(sizes["num_classes"])], name="classifier"
    )


def build_model(**sizes: Any) -> keras.Model:
    ids = keras.Input((None,), dtype="int32")
    return keras.Model(ids, classifier(sizes)(feature_extractor(sizes)(ids)))


@keras.saving.register_keras_serializable()  # the saved architecture names it
def loss_of_logits(labels: Any, logits: Any) -> Any:
    return keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)


def fit(
    model: keras.Model,
    token_ids: np.ndarray,
    labels: np.ndarray,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
) -> list[float]:
    keras.utils.set_random_seed(seed)
    adam = keras.optimizers.Adam(learning_rate=learning_rate)
    model.compile(optimizer=adam, loss=loss_of_logits, metrics=["accuracy"], jit_compile=False)
    return model.fit(token_ids, labels, batch_size, epochs, verbose=0).history["loss"]
