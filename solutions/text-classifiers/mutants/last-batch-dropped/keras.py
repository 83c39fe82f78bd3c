"""The last batch of an epoch, which may be smaller, is left out."""

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
    data = tf.data.Dataset.from_tensor_slices((token_ids, labels)).shuffle(len(labels), seed=seed)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    history = model.fit(data.batch(batch_size, drop_remainder=True), epochs=epochs, verbose=0)
    return history.history["loss"]
