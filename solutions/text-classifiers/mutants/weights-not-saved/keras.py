"""Only the architecture is saved; load() builds it with fresh weights."""

from pathlib import Path

import keras


def save(model: keras.Model, path: str | Path) -> None:
    (Path(path) / "architecture.json").write_text(model.to_json(), encoding="utf-8")


def load(path: str | Path) -> keras.Model:
    return keras.models.model_from_json((Path(path) / "architecture.json").read_text(encoding="utf-8"))
