"""The convolution over time as an nn.Conv2d whose kernels are as wide as the embedding; dense registered first."""

import torch
import torch.nn.functional as F
from torch import nn


class TextCNN(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_filters, kernel_sizes, num_classes, dropout):
        super().__init__()
        self.fc1 = nn.Linear(len(kernel_sizes) * num_filters, num_classes)
        self.dropout = nn.Dropout(dropout)
        self.convs1 = nn.ModuleList([nn.Conv2d(1, num_filters, (k, embed_dim)) for k in kernel_sizes])
        self.embed = nn.Embedding(vocab_size, embed_dim)
        nn.init.uniform_(self.embed.weight, -0.25, 0.25)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.embed(x).unsqueeze(1)  # [n, 1, length, embed_dim]
        x = [conv(x).relu().squeeze(3) for conv in self.convs1]  # each [n, num_filters, length - width + 1]
        x = [F.max_pool1d(i, i.shape[2]).squeeze(2) for i in x]
        return self.fc1(self.dropout(torch.cat(x, 1)))
