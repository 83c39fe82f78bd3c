"""The functional API, with a layer of its own for each activation."""

import keras
from keras import layers


def build_model(*, height=32, width=32, channels=3, filters=(32, 16), num_classes=10):
    images = keras.Input((height, width, channels))
    x = images
    for number in filters:
        x = layers.Conv2D(number, 3)(x)
        x = layers.Activation("relu")(x)
        x = layers.MaxPool2D()(x)
    x = layers.Dense(num_classes)(layers.Flatten()(x))
    return keras.Model(images, layers.Softmax()(x))
