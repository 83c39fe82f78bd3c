"""A zygote without a framework: what is true of workers as such shows in it within a tenth of the time.

A model is a dictionary of arrays that computes ``inputs @ w + b``. It has a graphics card, told by name, where none is
hidden from it. Run as a program, in the place of ``python -m autograder.worker.zygote``.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from autograder.worker import adapters, zygote
from autograder.worker.adapter import Device, WrongKind


class PlainAdapter:
    """Implements autograder.worker.adapter.Adapter for dictionaries of arrays."""

    def prepare(self) -> None: ...

    def seed(self, seed: int) -> None:
        np.random.seed(seed)  # noqa: NPY002 - what a student may draw from

    def check_model(self, model: Any, example: np.ndarray) -> None:
        if not isinstance(model, dict):
            raise WrongKind(f"a dictionary was expected, not {type(model).__name__}")

    def parameters(self, model: Any) -> list[dict[str, Any]]:
        return [{"name": n, "shape": list(a.shape), "trainable": True, "layer": "Plain"} for n, a in model.items()]

    def unregistered(self, model: Any) -> list[str]:
        return []

    def weights(self, model: Any) -> list[np.ndarray]:
        return [np.asarray(array, np.float32) for array in model.values()]

    def set_weights(self, model: Any, values: list[np.ndarray]) -> None:
        for name, value in zip(list(model), values, strict=True):
            model[name] = np.array(value)

    def set_training(self, model: Any, training: bool) -> None: ...

    def is_training(self, model: Any) -> bool | None:
        return None

    def forward(self, model: Any, inputs: np.ndarray, training: bool) -> np.ndarray:
        return np.asarray(inputs @ model["w"] + model["b"], np.float32)

    def gradients(self, model: Any, inputs: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
        return [np.full(array.shape, np.nan, np.float32) for array in model.values()]

    def keeps_gradient(self, value: Any) -> bool:
        return False

    def from_student(self, value: Any) -> np.ndarray:
        if not isinstance(value, np.ndarray):
            raise WrongKind(f"an array was expected, not {type(value).__name__}")
        return value

    def open_device(self, wanted: str, folder: str) -> Device:
        if wanted == "cpu":
            return Device("cpu", "cpu", "the CPU itself")
        if wanted != "real":
            return Device("simulated", "simgpu", "a simulated GPU")
        if os.environ.get("CUDA_VISIBLE_DEVICES") == "-1":
            return Device("simulated", "simgpu", "a simulated GPU", "the card is hidden")
        return Device("cuda", "cuda", "a card")

    def on_device(self, models: Sequence[Any]) -> AbstractContextManager[None]:
        return nullcontext()


if __name__ == "__main__":
    adapters.load = lambda _: PlainAdapter()
    adapters.versions = lambda _: {"plain": "1"}
    zygote.main()
