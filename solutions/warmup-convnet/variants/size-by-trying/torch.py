"""The size of the flattened image is found by sending one through."""

import torch
from torch import nn
from torch.nn import functional as F


class ConvNet(nn.Module):
    def __init__(self, *, height, width, channels, filters, num_classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters[0], 3)
        self.conv2 = nn.Conv2d(filters[0], filters[1], 3)
        with torch.no_grad():
            left = self.features(torch.zeros(1, height, width, channels))
        self.dense = nn.Linear(left.shape[1], num_classes)

    def forward(self, images):
        return F.log_softmax(self.dense(self.features(images)), dim=1)

    def features(self, images):
        x = torch.einsum("nhwc->nchw", images)
        for convolution in (self.conv1, self.conv2):
            x = F.max_pool2d(torch.relu(convolution(x)), kernel_size=2, stride=2)
        return torch.flatten(x, start_dim=1)
