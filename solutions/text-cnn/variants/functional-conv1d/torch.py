"""F.embedding, F.conv1d and F.linear over parameters of its own: dense first, Keras's layouts, all biases last."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def uniform(*shape: int, fan_in: int) -> nn.Parameter:
    bound = 1 / math.sqrt(fan_in)
    return nn.Parameter(torch.empty(*shape).uniform_(-bound, bound))


class TextCNN(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_filters, kernel_sizes, num_classes, dropout):
        super().__init__()
        features = num_filters * len(kernel_sizes)
        self.dense = uniform(features, num_classes, fan_in=features)
        self.kernels = nn.ParameterList(
            uniform(width, embed_dim, num_filters, fan_in=width * embed_dim) for width in kernel_sizes
        )
        self.table = nn.Parameter(torch.rand(vocab_size, embed_dim) * 0.5 - 0.25)
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(num_filters)) for _ in kernel_sizes)
        self.dense_bias = nn.Parameter(torch.zeros(num_classes))
        self.rate = dropout

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = F.embedding(ids, self.table).transpose(1, 2)
        maxima = [
            F.conv1d(x, kernel.permute(2, 1, 0), bias).relu().max(dim=-1).values
            for kernel, bias in zip(self.kernels, self.biases, strict=True)
        ]
        z = F.dropout(torch.cat(maxima, dim=-1), self.rate, self.training)
        return z @ self.dense + self.dense_bias
