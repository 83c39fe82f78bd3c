"""A student's model as the checks see it: it takes weights and inputs, and gives arrays.

Everything that comes back is checked for dtype, shape and finiteness before anybody looks at it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograder.blueprint import Framework, StudentParameter
from autograder.errors import InternalError
from autograder.student import values
from autograder.student.worker import Answer, Worker

if TYPE_CHECKING:
    from autograder.student.handle import Module

Ids = NDArray[np.int64]
Inputs = NDArray[Any]  # token ids, int64 [n, t], or images, float32 [n, h, w, c]
Floats = NDArray[np.float64]
Sizes = Mapping[str, Any]


def channels_to_front(images: Inputs) -> Inputs:
    """[n, height, width, channels] to [n, channels, height, width]."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


@dataclass(frozen=True)
class Fitted:
    """What a training returned and cost.

    Attributes:
        losses: Mean loss of each epoch, float64 [epochs], as the student's code reported them.
        cpu_seconds: Processor time by the kernel's accounts.
        seconds: Wall time by the grader's clock.
    """

    losses: Floats
    cpu_seconds: float
    seconds: float


class Model:
    """A student's model, alive in a worker.

    Attributes:
        parameters: What the worker says its weights are. Shapes are proved when weights go in and outputs come back.
        sizes: The keyword arguments of ``build_model``.
        unregistered: Names of weights in plain lists, of which the model doesn't know, as the worker says.
        channels_first: Whether the model itself takes images [n, channels, height, width]: it gets them so, wherever
            its own functions don't stand between.
        switches: Arguments of the model's call beside its inputs that are True or False by default, as the worker says.
    """

    def __init__(
        self,
        module: Module,
        worker: Worker,
        number: int,
        parameters: tuple[StudentParameter, ...],
        sizes: Sizes,
        unregistered: tuple[str, ...] = (),
        switches: tuple[str, ...] = (),
        *,
        channels_first: bool = False,
    ) -> None:
        self.unregistered = unregistered
        self.switches = switches
        self.channels_first = channels_first
        self.parameters = parameters
        self.sizes = sizes
        self.module = module
        self._worker = worker
        self._number = number

    @property
    def framework(self) -> Framework:
        return self.module.framework

    @property
    def alive(self) -> bool:
        """Whether its worker is; if not, the model is gone, and has to be built anew."""
        return self._worker.alive

    def weights(self) -> list[np.ndarray]:
        """Values of the parameters, in the student's order and shapes."""
        answer = self._call("weights")
        return [
            values.floats(answer.arrays.get(str(p.index)), p.shape, f"the parameter {p.name}") for p in self.parameters
        ]

    def set_weights(self, arrays: Sequence[np.ndarray]) -> None:
        """Put these in, in the student's order and shapes.

        Raises:
            InternalError: They have other shapes, which is the grader's mistake.
        """
        given, taken = [np.shape(array) for array in arrays], [p.shape for p in self.parameters]
        if given != taken:
            raise InternalError(f"weights of the shapes {given} for a model whose parameters have {taken}")
        values = {str(index): np.asarray(array, np.float32) for index, array in enumerate(arrays)}
        self._call("set_weights", values, doing="putting weights into the model")

    def predict(self, inputs: Inputs) -> Floats:
        """Outputs of the student's ``predict``, float64 [n, num_classes]."""
        answer = self._call("predict", {"inputs": inputs})
        return self._logits(answer, inputs, "predict")

    def keeps_gradient(self, inputs: Inputs) -> bool:
        """Whether ``predict`` returns something that no array can be made of, since its gradient hangs on it."""
        return self._call("predict", {"inputs": inputs}).values.get("keeps_gradient") is True

    def predict_on_device(self, inputs: Inputs, *, device: str = "", as_object: bool = False) -> tuple[Floats, bool]:
        """Outputs of ``predict``, told to compute on a device, and whether it left them there.

        Args:
            inputs: As in :meth:`predict`.
            device: Its name; the module's own without.
            as_object: Hand over the framework's device object and not its name.
        """
        answer = self._call(
            "predict", {"inputs": inputs}, device=device or self.module.device.name, as_object=as_object
        )
        return self._logits(answer, inputs, "predict"), answer.values.get("left_on_device") is True

    def forward(self, inputs: Inputs, *, training: bool, seed: int = 0) -> Floats:
        """Outputs of a call of the model itself, dropout on or off, float64 [n, num_classes]."""
        arrays = {"inputs": self.as_taken(inputs)}
        answer = self._call("forward", arrays, doing="calling the model", training=training, seed=seed)
        values.by_text(answer.arrays.get("logits"), inputs, int(self.sizes["num_classes"]))
        return self._logits(answer, inputs, "the model")

    def gradients(self, inputs: Inputs, labels: Ids) -> list[np.ndarray]:
        """Gradients of the mean cross-entropy by parameter (dropout off); zero where none arrived.

        They may be NaN or infinite.
        """
        arrays = {"inputs": self.as_taken(inputs), "labels": labels}
        answer = self._call("gradients", arrays, doing="computing gradients through the model")
        return [
            values.floats(answer.arrays.get(str(p.index)), p.shape, f"the gradient of {p.name}", finite=False)
            for p in self.parameters
        ]

    def fit(self, inputs: Inputs, labels: Ids, **settings: Any) -> Fitted:
        """Train by the student's ``fit``."""
        return self._fit(inputs, labels, settings)

    def fit_on_device(
        self, inputs: Inputs, labels: Ids, *, device: str = "", as_object: bool = False, **settings: Any
    ) -> Fitted:
        """Train by ``fit``, told to compute on a device; it is told as in :meth:`predict_on_device`."""
        return self._fit(inputs, labels, settings, device=device or self.module.device.name, as_object=as_object)

    def _fit(self, inputs: Inputs, labels: Ids, settings: Mapping[str, Any], **device: Any) -> Fitted:
        seconds = self.module.bench.limits.fit_seconds
        arrays = {"inputs": inputs, "labels": labels}
        answer = self._call("fit", arrays, seconds=seconds, settings=dict(settings), **device)
        losses = values.losses(answer.arrays.get("losses"), settings["epochs"])
        return Fitted(losses, answer.cpu_seconds, answer.seconds)

    def as_taken(self, inputs: Inputs) -> Inputs:
        """Inputs as the model itself takes them; its functions (``fit``, ``predict``) take them as the handout says."""
        return channels_to_front(inputs) if self.channels_first else inputs

    def set_training(self, training: bool) -> None:
        self._call("set_training", training=training)

    def is_training(self) -> bool | None:
        """The mode that the model says it is in; None in Keras, which keeps none."""
        mode = self._call("is_training").values.get("training")
        return mode if isinstance(mode, bool) else None

    def forward_on_device(self, inputs: Inputs) -> Floats:
        """Outputs of the model, moved to (or made on) the module's device, dropout off, float64 [n, num_classes]."""
        arrays = {"inputs": self.as_taken(inputs)}
        answer = self._call("forward_on_device", arrays, doing="calling the model", device=self.module.device.name)
        return self._logits(answer, inputs, "the model")

    def placement(self) -> list[str]:
        """The kind of device that each weight says it is on: ``cpu``, ``simgpu``, ``cuda``, or TensorFlow's name."""
        return values.words(self._call("placement").values.get("placement"), "placement")

    def save(self) -> Path:
        """Save by the student's ``save`` into a new folder, and return it."""
        folder = self.module.new_folder()
        self._call("save", path=str(folder))
        return folder

    def _logits(self, answer: Answer, inputs: Inputs, what: str) -> Floats:
        shape = (len(inputs), int(self.sizes["num_classes"]))
        return values.outputs(answer.arrays.get("logits"), shape, f"what {what} returned").astype(np.float64)

    def _call(
        self,
        method: str,
        arrays: Mapping[str, np.ndarray] | None = None,
        doing: str = "",
        seconds: float | None = None,
        device: str = "",
        **parameters: Any,
    ) -> Answer:
        bench = self.module.bench
        doing = f"{doing or f'calling {method}'} ({self.framework.label})"
        if device:
            place = self.module.device.label if device == self.module.device.name else device
            doing, parameters = f"{doing} on {place}", {**parameters, "device": device}
        limit = seconds or bench.limits.call_seconds
        return bench.ask(self._worker, method, doing, limit, arrays, model=self._number, **parameters)
