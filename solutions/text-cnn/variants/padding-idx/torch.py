"""An embedding with padding_idx=0, whose row is never trained; ReLU after the maximum."""

import torch
from torch import nn


class TextCNN(nn.Module):
    def __init__(self, *, vocab_size, embed_dim, num_filters, kernel_sizes, num_classes, dropout):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_dim, padding_idx=0)
        nn.init.uniform_(self.embedding.weight, -0.25, 0.25)
        self.convolutions = nn.ModuleList([nn.Conv1d(embed_dim, num_filters, k) for k in kernel_sizes])
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(len(kernel_sizes) * num_filters, num_classes)

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        embedded = torch.swapaxes(self.embedding(token_ids), 1, 2)
        best = [torch.max(convolution(embedded), 2)[0] for convolution in self.convolutions]
        return self.classifier(self.dropout(self.relu(torch.cat(best, dim=1))))
