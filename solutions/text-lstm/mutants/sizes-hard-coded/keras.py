"""load() builds the sizes of the author's own experiment."""

from pathlib import Path

import keras


def save(model: keras.Model, path: str | Path) -> None:
    model.save_weights(Path(path) / "model.weights.h5")


def load(path: str | Path) -> keras.Model:
    model = build_model(vocab_size=20000, embed_dim=128, hidden_size=256, num_classes=6, dropout=0.5)
    model.load_weights(Path(path) / "model.weights.h5")
    return model
