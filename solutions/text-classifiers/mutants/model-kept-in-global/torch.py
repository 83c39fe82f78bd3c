"""load() relies on what save() left in memory, which another process doesn't have."""

from pathlib import Path

import torch
from torch import nn

saved_models = {}


def save(model: nn.Module, path: str | Path) -> None:
    torch.save(model.state_dict(), Path(path) / "weights.pt")
    saved_models[str(path)] = model


def load(path: str | Path) -> nn.Module:
    model = saved_models[str(path)]
    model.load_state_dict(torch.load(Path(path) / "weights.pt", map_location="cpu", weights_only=True))
    return model
