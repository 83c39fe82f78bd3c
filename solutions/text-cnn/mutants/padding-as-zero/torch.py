"""The vectors of padding are set to zero by hand, though padding is a word like others here."""

from collections.abc import Sequence

import torch
from torch import nn


class TextCNN(nn.Module):
    def __init__(
        self,
        *,
        vocab_size: int,
        embed_dim: int,
        num_filters: int,
        kernel_sizes: Sequence[int],
        num_classes: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        nn.init.uniform_(self.embedding.weight, -0.25, 0.25)
        self.convolutions = nn.ModuleList(nn.Conv1d(embed_dim, num_filters, width) for width in kernel_sizes)
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(len(kernel_sizes) * num_filters, num_classes)

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        x = self.embedding(token_ids) * (token_ids != 0).unsqueeze(2)  # [n, length, embed_dim]
        x = x.transpose(1, 2)  # [n, embed_dim, length]

        maxima = []
        for convolution in self.convolutions:
            c = torch.relu(convolution(x))  # [n, num_filters, length - width + 1]
            maxima.append(c.amax(dim=2))  # [n, num_filters]

        z = torch.cat(maxima, dim=1)  # [n, len(kernel_sizes) * num_filters]
        return self.dense(self.dropout(z))  # [n, num_classes]
