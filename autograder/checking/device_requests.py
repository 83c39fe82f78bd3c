"""What a worker says that the student's code asked for about devices, and what is to be said of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.errors import Finding
from autograder.student.device_failures import NAMED
from autograder.student.values import plain

HIDDEN = "gpu-hidden"
_GPU = re.compile(r"\b(cuda|mps|xpu)\b")


@dataclass(frozen=True)
class Request:
    """A request for a device.

    Attributes:
        what: The function that was called, the variable that was set, or the kind of an operation in a graph.
        value: The device, as text.
        line: Of the student's file; empty where it isn't known.
        chooses: Whether it decides which GPUs there are at all, and not where to compute.
    """

    what: str
    value: str
    line: str
    chooses: bool = False

    def __str__(self) -> str:
        return f"{self.what}: {self.value}" + (f", in {self.line}" if self.line else "")


def asked_for(trace: Mapping[str, Any]) -> list[Request]:
    """The requests that a worker's trace tells of: those of lines first, then those of operations in graphs."""
    return [*_read(trace.get("requests")), *_read(trace.get("graph"))]


def _read(entries: Any) -> list[Request]:
    return [
        Request(*(plain(entry.get(name), 200) for name in ("what", "value", "line")), entry.get("kind") == "chooses")
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, Mapping)
    ]


def hard_coded(where: str, requests: Iterable[Request]) -> Finding | None:
    """The finding for code that names a device; None where none does. ``where``: which functions, as a subject."""
    found = [request for request in requests if not request.chooses]
    if not found:
        return None
    return Finding(
        f"{where} asks for a device by name: {found[0].value}.",
        expected="no device in the Keras code: it runs wherever it is put, and Keras takes a GPU by itself",
        found="; ".join(str(request) for request in found[:3]),
        advice="Leave out tf.device, keras.device and strategies for single devices: on another machine they ask for a "
        "device that isn't there, or keep the work off the one that is.",
        misconception=NAMED,
    )


def chosen(requests: Iterable[Request]) -> Finding | None:
    """The finding for code that hides GPUs or insists on one, in either framework; None where it does neither."""
    found = [request for request in requests if request.chooses or _GPU.search(request.value)]
    if not found:
        return None
    return Finding(
        "Your code hides GPUs, or insists on certain ones, for the whole program.",
        expected="all of the machine's devices left as they are",
        found="; ".join(str(request) for request in found[:3]),
        advice="Which GPUs a program may use is decided where it is started: leave out CUDA_VISIBLE_DEVICES, "
        "set_visible_devices and torch.cuda.set_device, and set no GPU as the default.",
        misconception=HIDDEN,
    )
