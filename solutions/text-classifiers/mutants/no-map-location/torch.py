"""load puts the weights where they were saved from: without a GPU it fails for a model that was saved on one."""

import json
from pathlib import Path

import torch


def load(path):
    model = build_model(**json.loads((Path(path) / "sizes.json").read_text()))
    model.load_state_dict(torch.load(Path(path) / "weights.pt", weights_only=True))
    return model
