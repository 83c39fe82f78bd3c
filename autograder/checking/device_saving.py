"""Task "devices", the last question in PyTorch: does a model that was saved on a GPU load on a computer without one?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np

from autograder.blueprint import Framework
from autograder.checking.device_trial import device_module
from autograder.checking.grading import Grading
from autograder.checking.models import drawn_sizes
from autograder.checking.saving import Arrays, RoundTrip, round_trip
from autograder.checking.torch_devices import judged_once, model, must_hold
from autograder.errors import Finding, SubmissionError
from autograder.student.handle import Module
from autograder.student.model import Model

# How torch says that a file's tensors belong on a device that isn't there.
_NO_SUCH_DEVICE: Final = re.compile(r"device type at start of device string|Attempting to deserialize object on")


def saving(grading: Grading) -> str:
    """Save a model on the device, load it in a process that has none, and compare the weights.

    Raises:
        SubmissionError: Saving fails there, or the file can't be loaded elsewhere.
    """
    return judged_once(grading, _saving)


def _saving(grading: Grading) -> str:
    there = grading.build(device_module(grading, Framework.TORCH), drawn_sizes(grading, 1))
    must_hold(grading, model, "The model itself can't be used on a GPU: mend 4.1 first.")
    must_hold(grading, _on_cpu, "save and load don't work on the CPU, either: mend that first (5.1).")
    there.forward_on_device(grading.inputs(grading.rng("device"), there.sizes))  # it has moved by then
    saved, folder = there.weights(), there.save()
    other = grading.student.module(Framework.TORCH).another()
    try:
        loaded = _loaded(other, there, folder, grading).weights()
    finally:
        other.end()
    trip = _on_cpu(grading)
    if _equal(trip.saved, trip.loaded) and not _equal(saved, loaded):  # else 5.1 says what load forgets
        raise SubmissionError(
            Finding(
                "A model that is saved on a GPU comes back with other weights.",
                expected="the same weights, bit for bit",
                advice="Save the state_dict as it is, or that of the model after model.cpu().",
                misconception="other-on-device",
            )
        )
    return f"Saved on {there.module.device.label}, the model loads on a computer without one."


def _on_cpu(grading: Grading) -> RoundTrip:
    return round_trip(grading, Framework.TORCH)


def _equal(saved: Arrays, loaded: Arrays) -> bool:
    return len(saved) == len(loaded) and all(np.array_equal(a, b) for a, b in zip(saved, loaded, strict=True))


def _loaded(other: Module, there: Model, folder: Path, grading: Grading) -> Model:
    try:
        return other.load(folder, there.sizes, example=grading.inputs(grading.rng("example"), there.sizes, 1))
    except SubmissionError as error:
        if not _NO_SUCH_DEVICE.search(f"{error.finding.message} {error.finding.details}"):
            raise
        raise SubmissionError(
            Finding(
                "A model that was saved on a GPU can't be loaded on a computer without one.",
                expected="a model on the CPU, wherever it was saved",
                found=error.finding.found or error.finding.message,
                advice='Say where the weights shall go: torch.load(..., map_location="cpu").',
                misconception="load-without-map-location",
                details=error.finding.details,
            )
        ) from error
