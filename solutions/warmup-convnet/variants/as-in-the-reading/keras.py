"""Written as in the reading: F.relu and F.max_pool2d in forward, a view to flatten; model.add in Keras."""

import keras
from keras import layers


def build_model(*, height=32, width=32, channels=3, filters=(32, 16), num_classes=10):
    model = keras.Sequential()
    model.add(keras.Input(shape=(height, width, channels)))
    model.add(layers.Conv2D(filters[0], (3, 3), activation="relu"))
    model.add(layers.MaxPooling2D((2, 2)))
    model.add(layers.Conv2D(filters[1], (3, 3), activation="relu"))
    model.add(layers.MaxPooling2D((2, 2)))
    model.add(layers.Flatten())
    model.add(layers.Dense(num_classes, activation="softmax"))
    return model
