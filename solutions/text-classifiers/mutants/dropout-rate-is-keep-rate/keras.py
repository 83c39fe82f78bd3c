"""The rate is taken for the share to keep, as in TensorFlow 1."""

import keras

as_specified = build_model


def build_model(*, dropout: float, **sizes) -> keras.Model:
    return as_specified(dropout=1 - dropout, **sizes)
