"""The norm of the output layer's weights is limited, as in the paper's first experiments."""

import keras

as_specified = build_model


def build_model(**sizes) -> keras.Model:
    model = as_specified(**sizes)
    model.layers[-1].kernel.constraint = keras.constraints.MaxNorm(3)
    return model
