"""Keras (TensorFlow backend) in the worker."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from autograder.worker.adapter import Device, WrongKind, given
from autograder.worker.keras_device import KerasDevice, placement


class KerasAdapter:
    """Implements :class:`autograder.worker.adapter.Adapter`."""

    _opened: KerasDevice

    def prepare(self) -> None:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        # Many calls of fit make it warn of "retracing": they are ours, and the student didn't print that.
        tf.get_logger().setLevel("ERROR")

    def seed(self, seed: int) -> None:
        keras.utils.set_random_seed(seed)

    def check_model(self, model: Any, example: np.ndarray) -> None:
        if not isinstance(model, keras.Model):
            raise WrongKind(f"a keras.Model was expected, not {type(model).__name__}")
        if not model.built or not model.weights:
            model(example)

    def parameters(self, model: Any) -> list[dict[str, Any]]:
        owners = {id(w): type(layer).__name__ for layer in _leaves(model) for w in layer.weights}
        # What a frozen layer's parameters were made as is only kept in private.
        state = {id(w) for layer in _leaves(model) for w in layer._non_trainable_variables}  # noqa: SLF001
        return [
            {
                "name": getattr(weight, "path", weight.name),
                "shape": [int(d) for d in weight.shape],
                "trainable": bool(weight.trainable),
                "state": id(weight) in state,
                "layer": owners.get(id(weight), type(model).__name__),
            }
            for weight in model.weights
        ]

    def unregistered(self, model: Any) -> list[str]:  # noqa: ARG002 - the interface's
        return []  # Keras looks into lists and dicts by itself

    def weights(self, model: Any) -> list[np.ndarray]:
        return [np.asarray(weight.numpy(), np.float32) for weight in model.weights]

    def set_weights(self, model: Any, values: list[np.ndarray]) -> None:
        for weight, value in zip(model.weights, values, strict=True):
            weight.assign(value)

    def set_training(self, model: Any, training: bool) -> None:
        """Keras keeps no mode: each call says whether it trains."""

    def is_training(self, model: Any) -> bool | None:  # noqa: ARG002 - the interface's
        return None

    def forward(self, model: Any, inputs: np.ndarray, training: bool) -> np.ndarray:
        return self.from_student(given(model(inputs, training=training), "call", "a tensor"))

    def gradients(self, model: Any, inputs: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
        with tf.GradientTape() as tape:
            logits = given(model(inputs, training=False), "call", "a tensor")
            with warnings.catch_warnings():  # of a softmax that it looks through: this loss is ours, not the student's
                warnings.simplefilter("ignore")
                loss = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
            mean = tf.reduce_mean(loss)
        values = [weight.value for weight in model.weights]
        gradients = zip(model.weights, tape.gradient(mean, values), strict=True)
        # Of a layer that was frozen after its weights were made, the tape doesn't know.
        return [_dense(gradient if weight.trainable else None, weight) for weight, gradient in gradients]

    def from_student(self, value: Any) -> np.ndarray:
        if isinstance(value, np.ndarray):
            return value
        if tf.is_tensor(value) or isinstance(value, keras.Variable):
            return np.asarray(keras.ops.convert_to_numpy(value))
        raise WrongKind(f"an array was expected, not {type(value).__name__}")

    def open_device(self, wanted: str, folder: str) -> Device:
        self._opened = KerasDevice(wanted, folder)
        return self._opened.device

    def on_device(self, models: Sequence[Any]) -> AbstractContextManager[None]:  # noqa: ARG002 - the interface's
        return self._opened.on()

    def device_argument(self, device: str, as_object: bool) -> dict[str, Any]:  # noqa: ARG002 - the interface's
        return {}  # Keras places work by itself, so the contract hands it no device

    def forward_on_device(self, model: Any, inputs: np.ndarray, device: str) -> np.ndarray:  # noqa: ARG002 - the same
        outputs = self.from_student(given(model(inputs, training=False), "call", "a tensor"))
        self._opened.look_into(model, inputs)
        return outputs

    def placement(self, model: Any) -> list[str]:
        return placement(model)

    def keeps_gradient(self, value: Any) -> bool:  # noqa: ARG002 - the interface's
        return False  # a tensor of TensorFlow's becomes an array whatever a tape has seen of it

    def is_on_device(self, value: Any) -> bool:
        return self._opened.holds(value)

    def take_trace(self) -> dict[str, Any]:
        return self._opened.take_trace()


def _leaves(model: Any) -> list[Any]:
    return [layer for layer in model._flatten_layers() if not isinstance(layer, keras.Model)]  # noqa: SLF001 - no public walk


def _dense(gradient: Any, weight: Any) -> np.ndarray:
    if gradient is None:
        return np.zeros(weight.shape, np.float32)
    return np.asarray(tf.convert_to_tensor(gradient).numpy(), np.float32)
