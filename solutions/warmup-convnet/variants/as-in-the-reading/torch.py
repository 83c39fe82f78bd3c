"""Written as in the reading: F.relu and F.max_pool2d in forward, a view to flatten; model.add in Keras."""

from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self, in_channels, flattened, filters, num_classes):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, filters[0], 3)
        self.conv2 = nn.Conv2d(filters[0], filters[1], 3)
        self.fc1 = nn.Linear(flattened, num_classes)
        self.flattened = flattened

    def forward(self, x):
        x = x.permute(0, 3, 1, 2).contiguous()  # a view needs the numbers in this order in memory
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = F.relu(self.conv2(x))
        x = F.max_pool2d(x, 2)
        x = x.view(-1, self.flattened)
        x = self.fc1(x)
        return F.log_softmax(x, dim=1)


def build_model(*, height=32, width=32, channels=3, filters=(32, 16), num_classes=10):
    def left(side):
        return ((side - 2) // 2 - 2) // 2

    return Net(channels, filters[1] * left(height) * left(width), filters, num_classes)
