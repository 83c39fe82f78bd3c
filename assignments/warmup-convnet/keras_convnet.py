"""A small convolutional network for images, in Keras. Its twin in PyTorch is torch_convnet.py: the same model.

Do the tasks in the order of their numbers; `autograder check` says how far you are.
"""

import keras
import numpy as np
from keras import layers


def build_model(
    *, height: int = 32, width: int = 32, channels: int = 3, filters: tuple[int, int] = (32, 16), num_classes: int = 10
) -> keras.Model:
    """Build the network.

    Args:
        height: Rows of pixels of an image.
        width: Columns of pixels.
        channels: Numbers of each pixel, such as 3 for red, green and blue.
        filters: How many filters the first and the second convolution have.
        num_classes: Number of classes.

    Returns:
        A model from images, float32 [n, height, width, channels], to probabilities [n, num_classes].

    Task 1.1, about 10 lines: the layers of the handout's table, in its order. The last one is dense with a softmax, so
    that each row of the output adds up to 1.
    """
    raise NotImplementedError("Task 1.1: build the model")


def predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Compute what the model says of many images.

    Args:
        model: What `build_model` returned.
        images: float32 array [n, height, width, channels].

    Returns:
        The model's outputs, the probabilities: float32 array [n, num_classes], in the order of the images.

    Task 2.1, one line.
    """
    raise NotImplementedError("Task 2.1: predict")
