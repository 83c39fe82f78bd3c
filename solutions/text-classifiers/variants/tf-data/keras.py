"""compile and fit over a tf.data pipeline, one epoch at a time; a one-hot loss; .keras saving; model.predict."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf


def fit(
    model: keras.Model,
    token_ids: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
) -> list[float]:
    keras.utils.set_random_seed(seed)
    one_hot = keras.utils.to_categorical(labels, model.output_shape[-1])
    data = tf.data.Dataset.from_tensor_slices((token_ids, one_hot)).cache()
    data = data.shuffle(len(labels), seed=seed, reshuffle_each_iteration=True).batch(batch_size).prefetch(2)
    model.compile("adam", keras.losses.CategoricalCrossentropy(from_logits=True), jit_compile=False)
    model.optimizer.learning_rate = learning_rate
    return [model.fit(data, shuffle=False, verbose=0).history["loss"][0] for _ in range(epochs)]


def predict(model: keras.Model, token_ids: np.ndarray) -> np.ndarray:
    return model.predict(token_ids, verbose=0)


def save(model: keras.Model, path: str) -> None:
    model.save(f"{path}/text_cnn.keras")


def load(path: str) -> keras.Model:
    return keras.models.load_model(Path(path, "text_cnn.keras"), compile=False)
