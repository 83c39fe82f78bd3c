"""A small convolutional network for images, in PyTorch. Its twin in Keras is keras_convnet.py: the same model.

Do the tasks in the order of their numbers; `autograder check` says how far you are.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


class ConvNet(nn.Module):
    """From images, float32 [n, height, width, channels], to log-probabilities [n, num_classes]."""

    def __init__(self, *, height: int, width: int, channels: int, filters: tuple[int, int], num_classes: int) -> None:
        """Register the layers; `build_model` below says what the sizes mean.

        Task 1.1, about 6 lines: two convolutions and a dense layer, `nn.Linear`. Keras finds out by itself how many
        numbers the flattened image has; here you tell it.
        """
        super().__init__()
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 1.1: register the layers")
        first, second = filters
        self.conv1 = nn.Conv2d(channels, first, 3)
        self.conv2 = nn.Conv2d(first, second, 3)
        rows, columns = (((side - 2) // 2 - 2) // 2 for side in (height, width))  # what is left of each side
        self.dense = nn.Linear(second * rows * columns, num_classes)
        ### END SOLUTION

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Compute the log-probabilities [n, num_classes] of images [n, height, width, channels].

        Task 1.1, about 5 lines: the layers of the handout's table, in its order. The images come with their channels
        last, and PyTorch's convolutions want them first: permute the axes. The end is `F.log_softmax`.
        """
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 1.1: the forward pass")
        x = images.permute(0, 3, 1, 2)  # [n, channels, height, width]
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)  # [n, first, (height - 2) // 2, (width - 2) // 2]
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)  # [n, second, rows, columns]
        x = x.flatten(1)  # [n, second * rows * columns]
        return F.log_softmax(self.dense(x), dim=1)  # [n, num_classes]
        ### END SOLUTION


def build_model(
    *, height: int = 32, width: int = 32, channels: int = 3, filters: tuple[int, int] = (32, 16), num_classes: int = 10
) -> nn.Module:
    """Build the network.

    Args:
        height: Rows of pixels of an image.
        width: Columns of pixels.
        channels: Numbers of each pixel, such as 3 for red, green and blue.
        filters: How many filters the first and the second convolution have.
        num_classes: Number of classes.

    This function is complete.
    """
    return ConvNet(height=height, width=width, channels=channels, filters=filters, num_classes=num_classes)


def predict(model: nn.Module, images: np.ndarray) -> np.ndarray:
    """Compute what the model says of many images.

    Args:
        model: What `build_model` returned.
        images: float32 array [n, height, width, channels].

    Returns:
        The model's outputs, the log-probabilities: float32 array [n, num_classes], in the order of the images.

    Task 2.1, about 6 lines: into evaluation mode, and back into the mode that the model was in; without gradients;
    from NumPy to a tensor and back.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 2.1: predict")
    was_training = model.training
    model.eval()
    with torch.no_grad():
        outputs = model(torch.from_numpy(images))  # [n, num_classes]
    model.train(was_training)
    return outputs.numpy()
    ### END SOLUTION
