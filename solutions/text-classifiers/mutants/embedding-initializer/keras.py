"""The embedding starts as Keras draws it by default, uniformly from -0.05 to 0.05."""

import keras

as_specified = build_model


def build_model(**sizes) -> keras.Model:
    model = as_specified(**sizes)
    (embedding,) = [layer for layer in model.layers if isinstance(layer, keras.layers.Embedding)]
    embedding.set_weights([keras.random.uniform(weight.shape, -0.05, 0.05) for weight in embedding.get_weights()])
    return model
