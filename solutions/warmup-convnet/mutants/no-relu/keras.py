"""The convolutions have no activation."""

import keras
from keras import layers


def build_model(*, height=32, width=32, channels=3, filters=(32, 16), num_classes=10):
    return keras.Sequential(
        [
            keras.Input((height, width, channels)),
            layers.Conv2D(filters[0], 3),
            layers.MaxPooling2D(2),
            layers.Conv2D(filters[1], 3),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(num_classes, activation="softmax"),
        ]
    )
