"""A tenth of the texts is kept back for validation, in fit itself."""

import keras
import numpy as np


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
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    history = model.fit(token_ids, labels, batch_size=batch_size, epochs=epochs, validation_split=0.1, verbose=0)
    return history.history["loss"]
