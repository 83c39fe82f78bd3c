"""The convolutions take steps of two instead of pooling."""

from torch import nn
from torch.nn import functional as F


class ConvNet(nn.Module):
    def __init__(self, *, height, width, channels, filters, num_classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters[0], 3, stride=2)
        self.conv2 = nn.Conv2d(filters[0], filters[1], 3, stride=2)
        rows, columns = (((side - 1) // 2 - 1) // 2 for side in (height, width))
        self.dense = nn.Linear(filters[1] * rows * columns, num_classes)

    def forward(self, images):
        x = images.permute(0, 3, 1, 2)
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        return F.log_softmax(self.dense(x.flatten(1)), dim=1)
