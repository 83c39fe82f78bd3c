"""The first convolution's output is cut off from the gradients."""

import keras
from keras import layers


def build_model(*, height=32, width=32, channels=3, filters=(32, 16), num_classes=10):
    images = keras.Input((height, width, channels))
    x = layers.MaxPooling2D(2)(layers.Conv2D(filters[0], 3, activation="relu")(images))
    x = layers.Lambda(keras.ops.stop_gradient)(x)
    x = layers.MaxPooling2D(2)(layers.Conv2D(filters[1], 3, activation="relu")(x))
    return keras.Model(images, layers.Dense(num_classes, activation="softmax")(layers.Flatten()(x)))
