"""Layers in an nn.ModuleDict by width, max_pool1d over the whole length, sizes inside one checkpoint."""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self, sizes: dict[str, Any]) -> None:
        super().__init__()
        self.sizes = sizes
        self.word_vectors = nn.Embedding(sizes["vocab_size"], sizes["embed_dim"])
        nn.init.uniform_(self.word_vectors.weight, -0.25, 0.25)
        self.filters = nn.ModuleDict(
            {str(k): nn.Conv1d(sizes["embed_dim"], sizes["num_filters"], k) for k in sizes["kernel_sizes"]}
        )
        self.fc = nn.Linear(sizes["num_filters"] * len(sizes["kernel_sizes"]), sizes["num_classes"])

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.word_vectors(ids).permute(0, 2, 1)
        maps = [F.relu(conv(x)) for conv in self.filters.values()]
        pooled = [F.max_pool1d(m, m.size(2)).squeeze(2) for m in maps]
        features = F.dropout(torch.cat(pooled, 1), p=self.sizes["dropout"], training=self.training)
        return self.fc(features)


def build_model(**sizes: Any) -> nn.Module:
    return Net(sizes | {"kernel_sizes": list(sizes["kernel_sizes"])})


def save(model: nn.Module, path: str) -> None:
    torch.save({"sizes": model.sizes, "state": model.state_dict()}, Path(path, "checkpoint.pt"))


def load(path: str) -> nn.Module:
    checkpoint = torch.load(Path(path, "checkpoint.pt"), map_location="cpu", weights_only=True)
    model = build_model(**checkpoint["sizes"])
    model.load_state_dict(checkpoint["state"])
    return model.eval()
