"""What the worker must be able to do with a model, whatever the framework."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class WrongKind(TypeError):
    """The student's function returned something else than the contract asks for."""


class Adapter(Protocol):
    """One framework's way to look into a model. Models are whatever the student's ``build_model`` returned."""

    def prepare(self) -> None:
        """Finish what must wait until after the fork: one thread."""

    def seed(self, seed: int) -> None:
        """Seed every generator that a student may draw from."""

    def check_model(self, model: Any, example: np.ndarray) -> None:
        """Raise WrongKind unless it is a model; create weights that wait for a first input, with token ids [1, t]."""

    def parameters(self, model: Any) -> list[dict[str, Any]]:
        """``name``, ``shape``, ``trainable`` and ``layer`` of every weight, in the order of registration."""

    def weights(self, model: Any) -> list[np.ndarray]:
        """Values of the weights, float32, in that order."""

    def set_weights(self, model: Any, values: list[np.ndarray]) -> None:
        """Put values of the same shapes in."""

    def set_training(self, model: Any, training: bool) -> None:
        """Switch the mode of the model, where the framework keeps one."""

    def is_training(self, model: Any) -> bool | None:
        """The mode of the model, None where the framework keeps none."""

    def forward(self, model: Any, inputs: np.ndarray, training: bool) -> np.ndarray:
        """Outputs [n, ...] float32 of a call of the model itself, dropout on or off."""

    def gradients(self, model: Any, inputs: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
        """Gradients of the mean cross-entropy of the logits (dropout off); zero where none reaches a weight."""

    def from_student(self, value: Any) -> np.ndarray:
        """What a student's function returned, as an array. Raises WrongKind when it is none."""
