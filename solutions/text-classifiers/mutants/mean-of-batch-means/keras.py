"""Each batch counts alike in the epoch's loss, though the last may be smaller."""

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
    optimizer.build(model.trainable_variables)

    @tf.function(reduce_retracing=True)
    def train_step(ids: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = model(ids, training=True)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)
            mean = tf.reduce_mean(losses)
        gradients = tape.gradient(mean, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return mean

    rng = np.random.default_rng(seed)
    history = []
    for _ in range(epochs):
        order = rng.permutation(len(labels))
        batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
        means = [float(train_step(tf.constant(token_ids[batch]), tf.constant(labels[batch]))) for batch in batches]
        history.append(float(np.mean(means)))
    return history
