"""As printed in the reading: the model takes images with their channels first, and predict moves the axes."""

import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self, in_channels, flattened, filters, num_classes):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, filters[0], 3)
        self.conv2 = nn.Conv2d(filters[0], filters[1], 3)
        self.fc1 = nn.Linear(flattened, num_classes)
        self.flattened = flattened

    def forward(self, x):  # [n, channels, height, width]
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(-1, self.flattened)
        return F.log_softmax(self.fc1(x), dim=1)


def build_model(*, height=32, width=32, channels=3, filters=(32, 16), num_classes=10):
    def left(side):
        return ((side - 2) // 2 - 2) // 2

    return Net(channels, filters[1] * left(height) * left(width), filters, num_classes)


def predict(model, images):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        outputs = model(torch.from_numpy(images).permute(0, 3, 1, 2).contiguous())
    model.train(was_training)
    return outputs.numpy()
