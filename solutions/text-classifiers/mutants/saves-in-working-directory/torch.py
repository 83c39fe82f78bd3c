"""The files go into the working directory instead of the folder that was given."""

import json
from pathlib import Path

import torch
from torch import nn


def save(model: nn.Module, path: str | Path) -> None:
    (Path("sizes.json")).write_text(json.dumps(model.sizes), encoding="utf-8")
    torch.save(model.state_dict(), "weights.pt")


def load(path: str | Path) -> nn.Module:
    sizes = json.loads((Path("sizes.json")).read_text(encoding="utf-8"))
    model = build_model(**sizes)
    model.load_state_dict(torch.load("weights.pt", map_location="cpu", weights_only=True))
    return model
