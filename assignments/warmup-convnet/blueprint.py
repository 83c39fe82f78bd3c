"""The warm-up's convolutional network, declared once for both frameworks: only their ends differ."""

from autograder.blueprint import (
    Blueprint,
    Chain,
    Conv2D,
    Dense,
    Flatten,
    LogSoftmax,
    MaxPool2D,
    PerFramework,
    ReLU,
    Signal,
    Softmax,
)


def convnet(*, height=32, width=32, channels=3, filters=(32, 16), num_classes=10):
    """From images [n, height, width, channels] to probabilities (Keras) or their logarithms (PyTorch)."""
    layers = [
        *(Conv2D("conv1", filters[0], 3), ReLU(), MaxPool2D(2)),
        *(Conv2D("conv2", filters[1], 3), ReLU(), MaxPool2D(2)),
        *(Flatten(), Dense("output", num_classes)),
    ]
    return Blueprint(Chain(*layers), Signal((height, width, channels)), PerFramework(Softmax(), LogSoftmax()))


def draw_sizes(rng):
    """Sizes to probe a model at: small, all different, an image's sides odd or even where a pooling halves them.

    Of one side 2 are left in front of the dense layer, of the other 3: who takes one for the other is found out.
    """
    height, width = rng.permutation([rng.integers(14, 18), rng.integers(18, 22)]).tolist()
    first, second, channels, classes = rng.permutation([4, 5, 6, 7, 8, 9])[:4].tolist()
    return {"height": height, "width": width, "channels": channels, "filters": (first, second), "num_classes": classes}
