"""load() builds the sizes of the author's own experiment."""

from pathlib import Path

import torch
from torch import nn


def save(model: nn.Module, path: str | Path) -> None:
    torch.save(model.state_dict(), Path(path) / "weights.pt")


def load(path: str | Path) -> nn.Module:
    model = build_model(vocab_size=20000, embed_dim=128, hidden_size=256, num_classes=6, dropout=0.5)
    model.load_state_dict(torch.load(Path(path) / "weights.pt", map_location="cpu", weights_only=True))
    return model
