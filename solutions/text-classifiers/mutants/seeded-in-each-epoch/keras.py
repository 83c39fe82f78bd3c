"""The generator is seeded anew in each epoch, and so gives the same order each time."""

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
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    losses = []
    for _ in range(epochs):
        keras.utils.set_random_seed(seed)
        losses += model.fit(token_ids, labels, batch_size=batch_size, shuffle=True, verbose=0).history["loss"]
    return losses
