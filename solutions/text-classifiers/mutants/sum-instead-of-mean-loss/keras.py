"""The losses of the batches are added up and not divided."""

import keras
import numpy as np
import tensorflow as tf


def fit(
    model: keras.Model,
    token_ids: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
) -> list[float]:
    keras.utils.set_random_seed(seed)
    optimizer = keras.optimizers.Adam(learning_rate)
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    examples = tf.data.Dataset.from_tensor_slices((token_ids, labels)).shuffle(len(labels)).batch(batch_size)

    @tf.function(reduce_retracing=True)
    def step(ids: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = cross_entropy(targets, model(ids, training=True))
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    losses = []
    for _ in range(epochs):
        total = 0.0
        for ids, targets in examples:
            total += float(step(ids, targets))
        losses.append(total)
    return losses
