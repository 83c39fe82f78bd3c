"""Devices for Keras in the worker: a real GPU, or a second logical CPU in a GPU's place.

TensorFlow can cut a computer's processor into two devices. With soft placement off, what is computed under the scope of
the second stays there, unless the code names another device; and a GPU that isn't there is refused.
"""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.util import tf_stack

from autograder.worker import requests
from autograder.worker.adapter import Device
from autograder.worker.requests import KERAS, Kind, Place, watch

MOST_ENTRIES = 50  # of a graph
# Keras computes these layers on the CPU by itself, since they handle strings.
_PREPROCESSING = os.path.join("keras", "src", "layers", "preprocessing")  # noqa: PTH118 - a part of a path


class KerasDevice:
    """One for a process.

    Attributes:
        device: Where it is.
    """

    def __init__(self, wanted: str, folder: str) -> None:
        """Make it ready, before anything of TensorFlow has run.

        Args:
            wanted: ``real`` takes the machine's GPU, where it has one; anything else, and else, the simulated.
            folder: The student's: what is found names lines in it.
        """
        self.device = (_real() if wanted == "real" else None) or _simulated(wanted)
        self._folder = os.path.join(folder, "")  # noqa: PTH118 - with its slash
        self._watcher = watch(folder, KERAS, _stack)
        self._graph: list[dict[str, str]] = []
        self._traced = True

    @contextlib.contextmanager
    def on(self) -> Iterator[None]:
        """Around calls of the student's code. On a real GPU there is no scope: that Keras finds it is the point."""
        with tf.device(self.device.name) if self.device.kind == "simulated" else contextlib.nullcontext():
            yield

    def look_into(self, model: Any, inputs: np.ndarray) -> None:
        """Trace the model, and keep what its operations ask for; a model that can't be traced asks for nothing."""
        example = tf.TensorSpec(inputs.shape, tf.as_dtype(inputs.dtype))
        try:
            graph = tf.function(lambda x: model(x, training=False)).get_concrete_function(example).graph
        except Exception:  # noqa: BLE001 - whatever a model raises that works on values alone
            self._traced = False
            return
        self._graph += self._entries(graph)

    def holds(self, value: Any) -> bool:
        return bool(tf.is_tensor(value)) and short(value.device) == short(self.device.name)

    def take_trace(self) -> dict[str, Any]:
        """Requests of the student's code and of traced models since this was last asked; whether all could be traced.

        Entries of ``graph`` are operations that ask for another device than this one, each line once. Code that asks
        for the device of a tensor asks for this one, which is as good as not to ask; a real GPU may be named by hand.
        """
        graph, traced = self._graph[:MOST_ENTRIES], self._traced
        self._graph, self._traced = [], True
        asked = [r for r in self._watcher.take() if r["kind"] != Kind.NAMES or not self._follows(r["value"])]
        return {"requests": asked, "graph": graph, "traced": traced}

    def _follows(self, value: str) -> bool:
        return self.device.kind == "simulated" and short(value) == short(self.device.name)

    def _entries(self, graph: Any) -> list[dict[str, str]]:
        nodes = [node for function in graph.as_graph_def().library.function for node in function.node_def]
        asked = [(op.type, op.device, self._line(op)) for op in graph.get_operations()]
        asked += [(node.op, node.device, "") for node in nodes]
        found = {(short(device), line): kind for kind, device, line in asked if device and line is not None}
        return [
            {"what": kind, "value": device, "line": line}
            for (device, line), kind in found.items()
            if not self._follows(device)
        ]

    def _line(self, op: Any) -> str | None:
        """The student's line that an operation comes from; empty where none is known, None where Keras asked itself."""
        frames = list(op.traceback or ())
        if any(_PREPROCESSING in frame.filename for frame in frames):
            return None
        own = [frame for frame in frames if frame.filename.startswith(self._folder)]
        return f"{os.path.basename(own[-1].filename)}, line {own[-1].lineno}" if own else ""  # noqa: PTH119 - text


def placement(model: Any) -> list[str]:
    """The device of each weight, such as ``CPU:1``."""
    return [short(getattr(weight.value, "device", "")) for weight in model.weights]


def short(device: str) -> str:
    """``CPU:1`` of ``/job:localhost/replica:0/task:0/device:CPU:1`` or ``/CPU:1``."""
    name = device.rpartition("device:")[2] or device
    kind, _, index = name.strip("/").partition(":")
    return f"{kind.upper()}:{index or 0}" if kind else ""


def _simulated(wanted: str) -> Device:
    whole = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(whole, [tf.config.LogicalDeviceConfiguration()] * 2)
    tf.config.set_soft_device_placement(False)
    why = f"TensorFlow {tf.__version__} finds no GPU on this machine" if wanted == "real" else ""
    return Device("simulated", "/CPU:1", "a second processor in a GPU's place", why)


def _real() -> Device | None:
    """The machine's GPU. Not tried on a card yet."""
    found = tf.config.list_physical_devices("GPU")
    if not found:
        return None
    name = str(tf.config.experimental.get_device_details(found[0]).get("device_name", "a GPU"))
    return Device("cuda" if platform.system() == "Linux" else "gpu", "/GPU:0", name)


def _stack() -> Iterable[Place]:
    """As TensorFlow knows it: where it runs a rewritten copy of a function, the line is that of the original."""
    for frame in reversed(tf_stack.extract_stack()):
        if frame.filename not in (__file__, requests.__file__):
            yield frame.filename, frame.lineno
