"""load() relies on what save() left in memory, which another process doesn't have."""

from pathlib import Path

import keras

saved_architectures = {}


def save(model: keras.Model, path: str | Path) -> None:
    saved_architectures[str(path)] = model.to_json()
    model.save_weights(Path(path) / "model.weights.h5")


def load(path: str | Path) -> keras.Model:
    model = keras.models.model_from_json(saved_architectures[str(path)])
    model.load_weights(Path(path) / "model.weights.h5")
    return model
