"""An nn.Sequential of layers for each width, with adaptive pooling, and an nn.Sequential as the head."""

import torch
from torch import nn


class TextCNN(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_filters, kernel_sizes, num_classes, dropout):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, embed_dim)
        nn.init.uniform_(self.embed.weight, -0.25, 0.25)
        self.branches = nn.ModuleList()
        for width in kernel_sizes:
            self.branches.append(
                nn.Sequential(
                    nn.Conv1d(embed_dim, num_filters, width),
                    nn.ReLU(inplace=True),
                    nn.AdaptiveMaxPool1d(1),
                    nn.Flatten(),
                )
            )
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(num_filters * len(kernel_sizes), num_classes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.embed(x).mT.contiguous()
        return self.head(torch.hstack([branch(x) for branch in self.branches]))
