"""The losses are measured after each epoch, by another pass over the texts."""

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
    losses = []
    for _ in range(epochs):
        model.fit(token_ids, labels, batch_size=batch_size, epochs=1, shuffle=True, verbose=0)
        losses.append(model.evaluate(token_ids, labels, batch_size=batch_size, verbose=0))
    return losses
