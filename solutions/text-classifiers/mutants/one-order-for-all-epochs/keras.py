"""One random order is drawn, and every epoch takes it."""

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
    data = tf.data.Dataset.from_tensor_slices((token_ids, labels))
    data = data.shuffle(len(labels), seed=seed, reshuffle_each_iteration=False).batch(batch_size)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    return model.fit(data, epochs=epochs, verbose=0).history["loss"]
