"""The convolutions have no bias."""

from torch import nn
from torch.nn import functional as F


class ConvNet(nn.Module):
    def __init__(self, *, height, width, channels, filters, num_classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters[0], 3, bias=False)
        self.conv2 = nn.Conv2d(filters[0], filters[1], 3, bias=False)
        rows, columns = (((side - 2) // 2 - 2) // 2 for side in (height, width))
        self.dense = nn.Linear(filters[1] * rows * columns, num_classes)

    def forward(self, images):
        x = images.permute(0, 3, 1, 2)
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return F.log_softmax(self.dense(x.flatten(1)), dim=1)
