"""nn.Sequential with a layer of its own for the permutation; the modules' order is that of the table."""

from torch import nn


class ChannelsFirst(nn.Module):
    def forward(self, images):
        return images.movedim(-1, 1).contiguous()


def build_model(*, height=32, width=32, channels=3, filters=(32, 16), num_classes=10):
    rows, columns = (((side - 2) // 2 - 2) // 2 for side in (height, width))
    return nn.Sequential(
        ChannelsFirst(),
        *(nn.Conv2d(channels, filters[0], 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(filters[0], filters[1], 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(filters[1] * rows * columns, num_classes), nn.LogSoftmax(dim=1)),
    )
