"""The model takes images with their channels first and moves the axes by itself from there; predict moves them once."""

import keras
import numpy as np
from keras import layers


def build_model(*, height=32, width=32, channels=3, filters=(32, 16), num_classes=10):
    images = keras.Input(shape=(channels, height, width))
    x = layers.Permute((2, 3, 1))(images)
    for number in filters:
        x = layers.MaxPooling2D(2)(layers.Conv2D(number, 3, activation="relu")(x))
    return keras.Model(images, layers.Dense(num_classes, activation="softmax")(layers.Flatten()(x)))


def predict(model, images):
    return model.predict(np.transpose(images, (0, 3, 1, 2)), verbose=0)
