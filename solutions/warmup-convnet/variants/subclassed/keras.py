"""A subclass of keras.Model that is built when it is first called."""

import keras
from keras import layers


class ConvNet(keras.Model):
    def __init__(self, filters, num_classes):
        super().__init__()
        self.dense = layers.Dense(num_classes)
        self.convolutions = [layers.Conv2D(number, 3) for number in filters]
        self.pool = layers.MaxPooling2D(2)
        self.flatten = layers.Flatten()

    def call(self, images):
        x = images
        for convolution in self.convolutions:
            x = self.pool(keras.activations.relu(convolution(x)))
        return keras.activations.softmax(self.dense(self.flatten(x)))


def build_model(*, height=32, width=32, channels=3, filters=(32, 16), num_classes=10):
    return ConvNet(filters, num_classes)
