"""Parameters of its own under F.conv2d and a matrix product, in Keras' layouts; log-softmax by hand."""

import torch
from torch import nn
from torch.nn import functional as F


class ConvNet(nn.Module):
    def __init__(self, *, height, width, channels, filters, num_classes):
        super().__init__()
        first, second = filters
        rows, columns = (((side - 2) // 2 - 2) // 2 for side in (height, width))
        self.kernels = nn.ParameterList(
            0.1 * torch.randn(shape)
            for shape in ((3, 3, channels, first), (3, 3, first, second), (rows * columns * second, num_classes))
        )
        self.biases = nn.ParameterList(torch.zeros(number) for number in (*filters, num_classes))

    def forward(self, images):
        x = images
        for kernel, bias in zip(self.kernels[:2], self.biases[:2], strict=True):
            convolved = F.conv2d(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1), bias)
            x = F.max_pool2d(convolved.clamp(min=0), 2).permute(0, 2, 3, 1)
        logits = x.reshape(len(x), -1) @ self.kernels[2] + self.biases[2]
        return logits - logits.logsumexp(dim=1, keepdim=True)
