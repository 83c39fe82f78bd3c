"""What the worker must be able to do with a model, whatever the framework."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np


class WrongKind(TypeError):
    """The student's function returned something else than the contract asks for."""


def given(value: Any, function: str, expected: str) -> Any:
    """What a function of the student's returned.

    Raises:
        WrongKind: It is None, as of a function without `return`.
    """
    if value is None:
        raise WrongKind(f"{function} returned None (has it a `return`?), and {expected} was expected")
    return value


OWN_LOOK = "own_look"  # attribute of an error that came while the worker itself looked at a student's object


@contextmanager
def own_look() -> Iterator[None]:
    """Around what the worker does to a student's object by itself.

    What is raised there is the student's only where a line of theirs is on the stack (``serve.describe`` looks).
    """
    try:
        yield
    except Exception as error:
        with suppress(Exception):  # a student's exception may refuse
            setattr(error, OWN_LOOK, True)
        raise


@dataclass(frozen=True)
class Device:
    """Where a worker that was asked for one has its device.

    Attributes:
        kind: ``simulated``, ``cuda``, ``mps`` or ``gpu``, which compute; ``shapes`` follows shapes alone.
        name: What the student's functions are given as ``device``.
        label: For people, such as the card's name.
        why: Why it is no better one; empty when nothing better was asked for.
    """

    kind: str
    name: str
    label: str
    why: str = ""

    def to_json(self) -> dict[str, str]:
        return asdict(self)


class Adapter(Protocol):
    """One framework's way to look into a model. Models are whatever the student's ``build_model`` returned."""

    def prepare(self) -> None:
        """Finish what must wait until after the fork: one thread."""

    def seed(self, seed: int) -> None:
        """Seed every generator that a student may draw from."""

    def check_model(self, model: Any, example: np.ndarray) -> None:
        """Raise WrongKind unless it is a model; create weights that wait for a first input, with token ids [1, t]."""

    def parameters(self, model: Any) -> list[dict[str, Any]]:
        """``name``, ``shape``, ``trainable``, ``layer`` and ``state`` (whether it is never trained) of every weight.

        They come in the order of registration.
        """

    def unregistered(self, model: Any) -> list[str]:
        """Names of weights that the model's own lists and dicts hold, and of which the model doesn't know."""

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

    # -- for a worker that looks at devices: opened once, before a line of the student's code has run

    def open_device(self, wanted: str, folder: str) -> Device:
        """Make a device ready: ``simulated``, or ``real`` where the machine has one (else simulated).

        Args:
            wanted: One of those.
            folder: The student's: what is found names lines in it.
        """

    def on_device(self, models: Sequence[Any]) -> AbstractContextManager[None]:
        """Around calls of the student's code: looks at what it does with devices. ``models``: those built so far."""

    def device_argument(self, device: str, as_object: bool) -> dict[str, Any]:
        """The keyword arguments by which the contract hands a device to a function: its name, or an object."""

    def forward_on_device(self, model: Any, inputs: np.ndarray, device: str) -> np.ndarray:
        """Outputs [n, ...] float32 of a model that was moved to (or made on) the device, dropout off."""

    def placement(self, model: Any) -> list[str]:
        """The kind of device that each weight is on, as torch and TensorFlow call it: ``cpu``, ``cuda``, ``CPU:1``."""

    def keeps_gradient(self, value: Any) -> bool:
        """Whether what a student returned still hangs on its gradient, so that no array can be made of it."""

    def is_on_device(self, value: Any) -> bool:
        """Whether what a function returned still lies on the device, and not in the computer's own memory."""

    def take_trace(self) -> dict[str, Any]:
        """What the student's code has done with devices since this was last asked, as plain data."""
