"""The files go into the working directory instead of the folder that was given."""

from pathlib import Path

import keras


def save(model: keras.Model, path: str | Path) -> None:
    (Path("architecture.json")).write_text(model.to_json(), encoding="utf-8")
    model.save_weights("model.weights.h5")


def load(path: str | Path) -> keras.Model:
    model = keras.models.model_from_json((Path("architecture.json")).read_text(encoding="utf-8"))
    model.load_weights("model.weights.h5")
    return model
