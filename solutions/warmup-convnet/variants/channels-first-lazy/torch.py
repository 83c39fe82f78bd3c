"""Channels first, and layers that learn the sizes of their inputs from the first images."""

import torch
from torch import nn


def build_model(*, height=32, width=32, channels=3, filters=(32, 16), num_classes=10):
    first, second = filters
    return nn.Sequential(
        *(nn.LazyConv2d(first, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.LazyConv2d(second, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.LazyLinear(num_classes), nn.LogSoftmax(dim=1)),
    )


def predict(model, images):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        outputs = model(torch.from_numpy(images.transpose(0, 3, 1, 2).copy()))
    model.train(was_training)
    return outputs.numpy()
