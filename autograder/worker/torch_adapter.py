"""PyTorch in the worker."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from typing import Any

import numpy as np
import torch
import torch._dynamo  # the first optimizer imports it, which costs a second: paid once, before the fork

from autograder.worker.adapter import Device, WrongKind, given
from autograder.worker.requests import WATCHER
from autograder.worker.torch_device import Opened, open_device, watched

MOST_NAMES = 100


class TorchAdapter:
    """Implements :class:`autograder.worker.adapter.Adapter`."""

    _opened: Opened

    def prepare(self) -> None:
        torch.set_num_threads(1)

    def seed(self, seed: int) -> None:
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002 - the generator that students may draw from
        torch.manual_seed(seed)

    def check_model(self, model: Any, example: np.ndarray) -> None:
        if not isinstance(model, torch.nn.Module):
            raise WrongKind(f"a torch.nn.Module was expected, not {type(model).__name__}")
        if any(torch.nn.parameter.is_lazy(t) for t in chain(model.parameters(), model.buffers())):
            with _mode(model, training=False), torch.no_grad():
                model(torch.from_numpy(np.array(example)))

    def parameters(self, model: Any) -> list[dict[str, Any]]:
        # Not by get_submodule, which scripted modules (TorchScript) refuse.
        owners = {name: _class_of(module) for name, module in model.named_modules(remove_duplicate=False)}
        return [
            {
                "name": name,
                "shape": list(tensor.shape),
                "trainable": bool(tensor.requires_grad),
                "state": not isinstance(tensor, torch.nn.Parameter),
                "layer": owners.get(name.rpartition(".")[0], ""),
            }
            for name, tensor in _named(model)
        ]

    def unregistered(self, model: Any) -> list[str]:
        held = (
            (f"{path}{'.' if path else ''}{name}", value)
            for path, module in model.named_modules()
            for name, value in vars(module).items()
            if not name.startswith("_")
        )
        found = [
            f"{name}[{key!r}]{inner}"
            for name, value in held
            for key, entry in _entries(value)
            for inner in _weights_in(entry)
        ]
        return found[:MOST_NAMES]

    def weights(self, model: Any) -> list[np.ndarray]:
        return [tensor.detach().cpu().float().numpy().copy() for _, tensor in _named(model)]

    def set_weights(self, model: Any, values: list[np.ndarray]) -> None:
        with torch.no_grad():
            for (_, tensor), value in zip(_named(model), values, strict=True):
                tensor.copy_(torch.from_numpy(np.array(value)))
                tensor.grad = None  # what an earlier call left behind belongs to other weights

    def set_training(self, model: Any, training: bool) -> None:
        model.train(training)

    def is_training(self, model: Any) -> bool | None:
        return bool(model.training)

    def forward(self, model: Any, inputs: np.ndarray, training: bool) -> np.ndarray:
        with _mode(model, training=training), torch.no_grad():
            return self.from_student(_outputs(model, torch.from_numpy(np.array(inputs))))

    def gradients(self, model: Any, inputs: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
        model.zero_grad(set_to_none=True)
        with _mode(model, training=False):
            logits = _outputs(model, torch.from_numpy(np.array(inputs)))
        loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(np.array(labels)))
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        found = [_dense(tensor) for _, tensor in _named(model)]
        model.zero_grad(set_to_none=True)
        return found

    def from_student(self, value: Any) -> np.ndarray:
        if isinstance(value, torch.Tensor):
            return value.detach().cpu().numpy()
        if isinstance(value, np.ndarray):
            return value
        raise WrongKind(f"a tensor or an array was expected, not {type(value).__name__}")

    def open_device(self, wanted: str, folder: str) -> Device:
        self._opened = open_device(wanted, folder)
        return self._opened.device

    def on_device(self, models: Sequence[Any]) -> AbstractContextManager[None]:
        return watched(self._opened, models)

    def device_argument(self, device: str, as_object: bool) -> dict[str, Any]:
        return {"device": torch.device(device) if as_object else device}

    def forward_on_device(self, model: Any, inputs: np.ndarray, device: str) -> np.ndarray:
        with _mode(model, training=False), torch.no_grad():
            return self.from_student(_outputs(model.to(device), torch.from_numpy(np.array(inputs)).to(device)))

    def placement(self, model: Any) -> list[str]:
        return [tensor.device.type for _, tensor in _named(model)]

    def keeps_gradient(self, value: Any) -> bool:
        return isinstance(value, torch.Tensor) and value.requires_grad

    def is_on_device(self, value: Any) -> bool:
        return isinstance(value, torch.Tensor) and value.device.type != "cpu"

    def take_trace(self) -> dict[str, Any]:
        return {**self._opened.take_trace(), "requests": WATCHER.take()}


def _outputs(model: Any, inputs: torch.Tensor) -> Any:
    return given(model(inputs), "forward", "a tensor")


@contextlib.contextmanager
def _mode(model: Any, *, training: bool) -> Iterator[None]:
    """The model in a mode; afterwards each of its parts in its own again, since students may switch single ones."""
    before = {module: module.training for module in model.modules()}
    model.train(training)
    try:
        yield
    finally:
        for module, was in before.items():
            module.training = was


def _class_of(module: torch.nn.Module) -> str:
    """The name of its class, also of one that was scripted, whose class is TorchScript's."""
    return str(getattr(module, "original_name", "")) or type(module).__name__


def _named(model: Any) -> list[tuple[str, torch.Tensor]]:
    """Parameters, then the buffers that are saved and hold real numbers (running means and the like)."""
    saved = set(model.state_dict().keys())
    buffers = ((n, b) for n, b in model.named_buffers() if n in saved and b.is_floating_point())
    return list(chain(model.named_parameters(), buffers))


def _entries(value: Any) -> list[tuple[Any, Any]]:
    """Keys and values of a plain list, tuple or dict; nothing of anything else."""
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, (list, tuple)) else []


def _weights_in(entry: Any) -> list[str]:
    if isinstance(entry, torch.nn.Parameter):
        return [""]
    return [f".{name}" for name, _ in entry.named_parameters()] if isinstance(entry, torch.nn.Module) else []


def _dense(tensor: torch.Tensor) -> np.ndarray:
    if tensor.grad is None:
        return np.zeros(tuple(tensor.shape), np.float32)
    return tensor.grad.to_dense().detach().cpu().float().numpy().copy()
