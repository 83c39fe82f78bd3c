"""Lazy layers, which learn their input sizes from the first batch; the sizes are read off the saved weights."""

import json
from pathlib import Path

import torch
from torch import nn


class TextCNN(nn.Module):
    def __init__(self, *, vocab_size, embed_dim, num_filters, kernel_sizes, num_classes, dropout):
        super().__init__()
        self.lookup = nn.Embedding(vocab_size, embed_dim)
        nn.init.uniform_(self.lookup.weight, -0.25, 0.25)
        self.conv = nn.ModuleList(nn.LazyConv1d(num_filters, k) for k in kernel_sizes)
        self.head = nn.LazyLinear(num_classes)
        self.drop = nn.Dropout(dropout)
        self(torch.zeros(1, max(kernel_sizes), dtype=torch.long))  # the first batch

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.lookup(ids).transpose(-1, -2)
        return self.head(self.drop(torch.cat([conv(x).relu().amax(-1) for conv in self.conv], -1)))


def build_model(**sizes) -> nn.Module:
    return TextCNN(**sizes)


def save(model: nn.Module, path: str) -> None:
    torch.save(model.state_dict(), Path(path) / "model.pth")
    (Path(path) / "dropout.json").write_text(json.dumps(model.drop.p))


def load(path: str) -> nn.Module:
    state = torch.load(Path(path) / "model.pth", weights_only=True, map_location=torch.device("cpu"))
    kernels = [value for name, value in state.items() if name.startswith("conv") and name.endswith("weight")]
    vocab_size, embed_dim = state["lookup.weight"].shape
    model = build_model(
        vocab_size=vocab_size,
        embed_dim=embed_dim,
        num_filters=kernels[0].shape[0],
        kernel_sizes=[kernel.shape[2] for kernel in kernels],
        num_classes=len(state["head.bias"]),
        dropout=json.loads((Path(path) / "dropout.json").read_text()),
    )
    model.load_state_dict(state)
    return model
