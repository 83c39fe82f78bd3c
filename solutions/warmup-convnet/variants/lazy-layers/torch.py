"""nn.LazyConv2d and nn.LazyLinear, which learn the sizes of their inputs from the first images."""

from torch import nn
from torch.nn import functional as F


class ConvNet(nn.Module):
    def __init__(self, *, height, width, channels, filters, num_classes):
        super().__init__()
        self.conv1 = nn.LazyConv2d(filters[0], 3)
        self.conv2 = nn.LazyConv2d(filters[1], 3)
        self.dense = nn.LazyLinear(num_classes)

    def forward(self, images):
        x = images.permute(0, 3, 1, 2)
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return F.log_softmax(self.dense(x.flatten(1)), dim=1)
