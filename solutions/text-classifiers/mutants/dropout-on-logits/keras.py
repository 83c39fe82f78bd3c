"""Dropout stands behind the dense layer, where it sets logits to zero."""

import keras
from keras import layers

as_specified = build_model


def build_model(*, dropout: float, **sizes) -> keras.Model:
    model = as_specified(dropout=0.0, **sizes)
    return keras.Model(model.input, layers.Dropout(dropout)(model.output))
