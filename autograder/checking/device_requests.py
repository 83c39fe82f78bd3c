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
        kind: ``names`` a device; ``chooses`` which GPUs there are at all; ``spreads`` work over all that there are.
    """

    what: str
    value: str
    line: str
    kind: str = "names"

    def __str__(self) -> str:
        return f"{self.what}: {self.value}" + (f", in {self.line}" if self.line else "")


def asked_for(trace: Mapping[str, Any]) -> list[Request]:
    """The requests that a worker's trace tells of: those of lines first, then those of operations in graphs."""
    return [*_read(trace.get("requests")), *_read(trace.get("graph"))]


def _read(entries: Any) -> list[Request]:
    found = [entry for entry in (entries if isinstance(entries, list) else []) if isinstance(entry, Mapping)]
    return [
        Request(
            plain(entry.get("what"), 100),
            plain(entry.get("value"), 200),
            plain(entry.get("line"), 200),
            plain(entry.get("kind", "names"), 20),
        )
        for entry in found
    ]


def hard_coded(where: str, requests: Iterable[Request]) -> Finding | None:
    """The finding for code that names a device; None where none does. ``where``: which functions, as a subject."""
    found = [request for request in requests if request.kind == "names"]
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
    found = [request for request in requests if request.kind == "chooses" or _GPU.search(request.value)]
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
