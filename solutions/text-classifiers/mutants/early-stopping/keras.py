"""Training ends where the loss doesn't fall."""

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
    stopping = keras.callbacks.EarlyStopping(monitor="loss", patience=3)
    history = model.fit(
        token_ids, labels, batch_size=batch_size, epochs=epochs, shuffle=True, verbose=0, callbacks=[stopping]
    )
    return history.history["loss"]
