"""Only the architecture is saved; load() builds it with fresh weights."""

import json
from pathlib import Path

from torch import nn


def save(model: nn.Module, path: str | Path) -> None:
    (Path(path) / "sizes.json").write_text(json.dumps(model.sizes), encoding="utf-8")


def load(path: str | Path) -> nn.Module:
    sizes = json.loads((Path(path) / "sizes.json").read_text(encoding="utf-8"))
    return build_model(**sizes)
