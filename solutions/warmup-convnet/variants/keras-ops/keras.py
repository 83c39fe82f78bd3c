"""A layer of its own with add_weight and keras.ops; the softmax written out."""

import keras
from keras import ops


class Convolutions(keras.layers.Layer):
    def __init__(self, filters):
        super().__init__()
        self.filters = filters

    def build(self, shape):
        self.kernels, self.biases, channels = [], [], shape[-1]
        for number in self.filters:
            self.biases.append(self.add_weight(shape=(number,), initializer="zeros"))
            self.kernels.append(self.add_weight(shape=(3, 3, channels, number)))
            channels = number

    def call(self, x):
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            x = ops.relu(ops.conv(x, kernel) + bias)
            x = ops.max_pool(x, 2)
        return ops.reshape(x, (-1, x.shape[1] * x.shape[2] * x.shape[3]))


def build_model(*, height=32, width=32, channels=3, filters=(32, 16), num_classes=10):
    images = keras.Input((height, width, channels))
    logits = keras.layers.Dense(num_classes)(Convolutions(filters)(images))
    exponentials = ops.exp(logits - ops.max(logits, axis=1, keepdims=True))
    return keras.Model(images, exponentials / ops.sum(exponentials, axis=1, keepdims=True))
