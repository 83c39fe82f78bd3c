"""run_eagerly, switched on for debugging and left on: no step becomes a graph."""

import keras


def fit(model, token_ids, labels, *, epochs, batch_size, learning_rate, seed):
    keras.utils.set_random_seed(seed)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        run_eagerly=True,
    )
    return model.fit(token_ids, labels, batch_size=batch_size, epochs=epochs, verbose=0).history["loss"]
