"""compile in build_model: the optimizer lives as long as the model, and fit sets its learning rate."""

import keras
import numpy as np

as_specified = build_model


def build_model(**sizes) -> keras.Model:
    model = as_specified(**sizes)
    model.compile(
        optimizer=keras.optimizers.Adam(),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    return model


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
    model.optimizer.learning_rate = learning_rate
    history = model.fit(token_ids, labels, batch_size=batch_size, epochs=epochs, shuffle=True, verbose=0)
    return history.history["loss"]
