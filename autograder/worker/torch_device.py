"""Devices for PyTorch in the worker: a real one, the simulated one, or, where neither works, one that knows shapes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import torch

from autograder.worker.adapter import Device
from autograder.worker.requests import TORCH, WATCHER, watch


class Opened(Protocol):
    """A device that is ready."""

    device: Device

    def on(self, models: Sequence[Any]) -> AbstractContextManager[None]:
        """Around calls of the student's code."""

    def take_trace(self) -> dict[str, Any]:
        """Counts of what it did there, where they are known, and the ``requests`` of the student's own lines."""


def open_device(wanted: str, folder: str) -> Opened:
    """Make a device ready. ``real`` takes the machine's, where it has one; anything else, and else, the simulated."""
    watch(folder, TORCH)
    real = _real() if wanted == "real" else None
    if real is not None:
        return Silent(real)
    try:
        return Simulated(folder)
    except Exception as error:  # noqa: BLE001 - whatever a torch that doesn't carry it raises
        why = f"PyTorch {torch.__version__} doesn't carry the simulated GPU ({type(error).__name__}: {error})"
        return Silent(Device("shapes", "meta", "a device that knows shapes alone", why))


class Simulated:
    """Computes on the CPU, and is as strict as CUDA."""

    device = Device("simulated", "simgpu", "a simulated GPU")

    def __init__(self, folder: str) -> None:
        """Raises whatever torch raises where it doesn't carry the simulation."""
        from autograder.worker.simulated.device import SimulatedDevice

        self._simulated = SimulatedDevice(folder)

    def on(self, models: Sequence[Any]) -> AbstractContextManager[None]:
        return self._simulated.on(models)

    def take_trace(self) -> dict[str, Any]:
        return {**self._simulated.take_trace(), "requests": WATCHER.take()}


class Silent:
    """A device of torch's own, which tells nothing of what is done there."""

    def __init__(self, device: Device) -> None:
        self.device = device

    @contextlib.contextmanager
    def on(self, models: Sequence[Any]) -> Iterator[None]:  # noqa: ARG002 - the interface's
        yield

    def take_trace(self) -> dict[str, Any]:
        return {"requests": WATCHER.take()}


def _real() -> Device | None:
    if torch.cuda.is_available():
        return Device("cuda", "cuda", torch.cuda.get_device_name())
    if torch.backends.mps.is_available():
        return Device("mps", "mps", "Apple's GPU")
    return None
