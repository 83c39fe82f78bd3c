"""Tasks 2.5 to 5 of the text classifiers in Keras: predict, fit, save, load."""

from pathlib import Path

import keras
import numpy as np

### BEGIN PART


def predict(model: keras.Model, token_ids: np.ndarray) -> np.ndarray:
    """Compute the logits of many texts, without dropout.

    Args:
        model: What `build_model` returned.
        token_ids: int64 array [n, length].

    Returns:
        float32 array [n, num_classes].

    Task 2.5, about 3 lines: take the texts in batches (a few hundred at a time bounds the memory), and mind what
    `training=` means when you call a model.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 2.5: predict")
    batches = [token_ids[start : start + 256] for start in range(0, len(token_ids), 256)]
    # Calling the model beats model.predict(), which first traces a graph, for data sets of a few thousand texts.
    logits = [model(batch, training=False) for batch in batches]  # each [256, num_classes], the last maybe fewer
    return np.concatenate([keras.ops.convert_to_numpy(batch) for batch in logits])
    ### END SOLUTION


# ----------------------------------------------------------------------------------------------------------------------
# Task 3: training.


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
    """Train the model with Adam on the cross-entropy.

    Args:
        model: What `build_model` returned; trained in place.
        token_ids: int64 array [n, length].
        labels: int64 array [n], from 0 to num_classes - 1.
        epochs: How often to go through all examples.
        batch_size: Examples of one step; the last batch of an epoch may have fewer.
        learning_rate: Adam's.
        seed: Seeds the shuffling (a Dropout layer draws a seed of its own when it is made): whoever seeds the process
            before `build_model` gets the same losses from the same seed.

    Returns:
        The mean loss over the examples, one for each epoch.

    Task 3.1, about 9 lines: `compile` and `fit`. The examples come in a new random order in each epoch. The model gives
    logits, so the loss has to be told (`from_logits`). Pass `jit_compile=False` to `compile`: a model of this size
    trains in less time than XLA takes to compile it.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 3.1: train the model")
    keras.utils.set_random_seed(seed)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    history = model.fit(token_ids, labels, batch_size=batch_size, epochs=epochs, shuffle=True, verbose=0)
    return history.history["loss"]
    ### END SOLUTION


# ----------------------------------------------------------------------------------------------------------------------
# Task 4, devices, has no gap of its own: Keras places the model on a GPU by itself where there is one, unless a line
# above insists on a device. Compare with what the PyTorch twin has to say about devices.

# ----------------------------------------------------------------------------------------------------------------------
# Task 5: save and load.


def save(model: keras.Model, path: str | Path) -> None:
    """Save the trained model into the folder `path`, which exists.

    Task 5.1, about 2 lines: write into that folder everything that `load` needs in another process: what the model is
    (`to_json`) and its weights (`save_weights`, to a name that ends in .weights.h5).
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 5.1: save the model")
    (Path(path) / "architecture.json").write_text(model.to_json(), encoding="utf-8")
    model.save_weights(Path(path) / "model.weights.h5")
    ### END SOLUTION


def load(path: str | Path) -> keras.Model:
    """Load the model that `save` left in the folder `path`; it predicts what the saved one predicted.

    Task 5.2, about 3 lines: nothing but the folder is left of the saved model, not even its sizes.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 5.2: load the model")
    model = keras.models.model_from_json((Path(path) / "architecture.json").read_text(encoding="utf-8"))
    model.load_weights(Path(path) / "model.weights.h5")
    return model
    ### END SOLUTION
