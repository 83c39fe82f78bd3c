"""predict asks for the first GPU. Where there is none, TensorFlow quietly takes the processor."""

import keras
import numpy as np
import tensorflow as tf

as_specified = predict


def predict(model: keras.Model, token_ids: np.ndarray) -> np.ndarray:
    with tf.device("/GPU:0"):
        return as_specified(model, token_ids)
