"""The model's last step asks for the first GPU. Where there is none, TensorFlow quietly takes the processor."""

import keras
import tensorflow as tf

as_specified = build_model


@keras.saving.register_keras_serializable()
class OnGPU(keras.layers.Layer):
    def call(self, logits):
        with tf.device("/GPU:0"):
            return tf.identity(logits)


def build_model(**sizes) -> keras.Model:
    model = as_specified(**sizes)
    return keras.Model(model.input, OnGPU()(model.output))
