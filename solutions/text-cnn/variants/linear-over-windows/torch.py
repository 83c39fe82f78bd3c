"""An nn.Linear for each width over words laid side by side; its weight is 2-D, word after word."""

import torch
from torch import nn


class TextCNN(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_filters, kernel_sizes, num_classes, dropout):
        super().__init__()
        self.widths = list(kernel_sizes)
        self.embed = nn.Embedding(vocab_size, embed_dim)
        nn.init.uniform_(self.embed.weight, -0.25, 0.25)
        self.filters = nn.ModuleList(nn.Linear(k * embed_dim, num_filters) for k in self.widths)
        self.drop = nn.Dropout(dropout)
        self.out = nn.Linear(num_filters * len(self.widths), num_classes)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.embed(ids)
        pooled = []
        for k, linear in zip(self.widths, self.filters, strict=True):
            n_windows = x.shape[1] - k + 1
            windows = torch.cat([x[:, i : i + n_windows] for i in range(k)], dim=2)  # [n, windows, k * embed_dim]
            pooled.append(torch.relu(linear(windows)).amax(dim=1))
        return self.out(self.drop(torch.cat(pooled, dim=1)))
