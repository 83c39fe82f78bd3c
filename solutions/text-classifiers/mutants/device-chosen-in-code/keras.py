"""The code looks for a GPU itself, as PyTorch's does, and names what it found."""

import keras
import tensorflow as tf

as_specified = build_model
DEVICE = "gpu:0" if tf.config.list_physical_devices("GPU") else "cpu:0"


def build_model(**sizes) -> keras.Model:
    with keras.device(DEVICE):
        return as_specified(**sizes)
