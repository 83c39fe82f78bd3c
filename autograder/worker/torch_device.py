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
        """Counts of what it did there, where they are known."""


def open_device(wanted: str, folder: str) -> Opened:
    """Make a device ready.

    Args:
        wanted: ``real`` takes the machine's, where it has one, ``cpu`` the CPU itself, which the other two are measured
            by; anything else, and else, the simulated one.
        folder: The student's: errors name lines in it.
    """
    watch(folder, TORCH)
    if wanted == "cpu":
        return Silent(Device("cpu", "cpu", "the CPU itself"))
    why = ""
    if wanted == "real":
        real, why = _real()
        if real is not None:
            return Card(real) if real.kind == "cuda" else Silent(real)
    try:
        return Simulated(folder, why)
    except Exception as error:  # noqa: BLE001 - whatever a torch that doesn't carry it raises
        refused = f"PyTorch {torch.__version__} doesn't carry the simulated GPU ({type(error).__name__}: {error})"
        return Silent(
            Device("shapes", "meta", "a device that knows shapes alone", "; ".join(filter(None, [why, refused])))
        )


class Simulated:
    """Computes on the CPU, and is as strict as CUDA."""

    def __init__(self, folder: str, why: str = "") -> None:
        """Raises whatever torch raises where it doesn't carry the simulation. ``why``: it is no real one."""
        from autograder.worker.simulated.device import SimulatedDevice

        self.device = Device("simulated", "simgpu", "a simulated GPU", why)
        self._simulated = SimulatedDevice(folder)

    def on(self, models: Sequence[Any]) -> AbstractContextManager[None]:
        return self._simulated.on(models)

    def take_trace(self) -> dict[str, Any]:
        return self._simulated.take_trace()


class Silent:
    """A device of torch's own, which tells nothing of what is done there."""

    def __init__(self, device: Device) -> None:
        self.device = device

    def on(self, models: Sequence[Any]) -> AbstractContextManager[None]:  # noqa: ARG002 - the interface's
        return contextlib.nullcontext()

    def take_trace(self) -> dict[str, Any]:
        return {}


class Card(Silent):
    """A CUDA card, which tells by its memory whether it was used."""

    def __init__(self, device: Device) -> None:
        super().__init__(device)
        self._before = torch.cuda.memory_allocated()

    def take_trace(self) -> dict[str, Any]:
        used = torch.cuda.max_memory_allocated() - self._before
        torch.cuda.reset_peak_memory_stats()
        self._before = torch.cuda.memory_allocated()
        return {"computed": int(used > 0)}


@contextlib.contextmanager
def watched(opened: Opened, models: Sequence[Any]) -> Iterator[None]:
    """Around calls of the student's code, on any device: what they leave behind is noted and undone."""
    try:
        with opened.on(models):
            yield
    finally:
        _take_back_default()


def _take_back_default() -> None:
    """Undo a default device that a call leaves behind, and keep that it did: for later calls, and other programs."""
    if torch.get_default_device().type == "cpu":
        WATCHER.drop("torch.set_default_device")
        return
    torch.set_default_device(None)
    WATCHER.promote("torch.set_default_device")


def _real() -> tuple[Device | None, str]:
    """The machine's GPU, once it has computed something; else why there is none. Not tried on a card yet."""
    name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else ""
    if not name:
        return None, f"PyTorch {torch.__version__} finds no GPU on this machine"
    try:
        torch.ones(2, device=name).sum().item()  # a driver that is too old, or a card that is busy, shows only now
        return Device(name, name, torch.cuda.get_device_name() if name == "cuda" else "Apple's GPU"), ""
    except Exception as error:  # noqa: BLE001 - whatever a driver says: the checks go on without it
        said = str(error).partition("\n")[0][:120]
        return None, f"PyTorch {torch.__version__} can't compute on this machine's GPU ({type(error).__name__}: {said})"
