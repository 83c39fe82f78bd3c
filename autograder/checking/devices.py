"""Task "devices": what each framework's code has to do with a GPU, simulated or real.

Keras places work by itself, so its code has to leave that alone (``keras_devices``); PyTorch asks its user to move
model and data (``torch_devices``). What runs where is the worker's word, so these checks are attested.
"""

from __future__ import annotations

from collections.abc import Callable

from autograder.blueprint import Framework
from autograder.checking import device_choice, device_saving, keras_devices, torch_devices
from autograder.checking.device_trial import device_module
from autograder.checking.grading import Grading
from autograder.checking.verdicts import NotGradable
from autograder.errors import SubmissionError
from autograder.sandbox.accelerators import REAL, SIMULATED

KERAS, TORCH = Framework.KERAS, Framework.TORCH


def model(grading: Grading, framework: Framework) -> str:
    """The model itself, moved to the device or made on it."""
    return keras_devices.model(grading) if framework is KERAS else _fairly(grading, torch_devices.model)


def prediction(grading: Grading, framework: Framework) -> str:
    """What ``predict`` does with a device."""
    return keras_devices.prediction(grading) if framework is KERAS else _fairly(grading, torch_devices.prediction)


def training(grading: Grading, framework: Framework) -> str:
    """What ``fit`` does with a device."""
    return keras_devices.training(grading) if framework is KERAS else _fairly(grading, torch_devices.training)


def objects(grading: Grading) -> str:
    """Whether PyTorch's functions take a device as a ``torch.device`` as well as by name."""
    return _fairly(grading, torch_devices.objects)


def saving(grading: Grading) -> str:
    """Whether what PyTorch saved on a device loads where there is none."""
    return _fairly(grading, device_saving.saving)


def leaves_choice(grading: Grading, framework: Framework) -> str:
    """Whether the code hides a device, or insists on one."""
    return device_choice.leaves_choice(grading, framework)


def _fairly(grading: Grading, judge: Callable[[Grading], str]) -> str:
    """What a check says; what fails on a real device alone is nobody's loss.

    A card may be busy, its driver old, its rounding coarser than foreseen: a failure there counts only if the simulated
    device, which is the same everywhere, confirms it.
    """
    try:
        return judge(grading)
    except SubmissionError as error:
        if grading.device_wanted != REAL or not device_module(grading, TORCH).device.is_real:
            raise
        label = device_module(grading, TORCH).device.label
        with grading.devices.switched_to(SIMULATED):
            said = judge(grading)
        raise NotGradable(
            f"On {label} this fails ({error.finding.message}), but not on the simulated one: {said} No points are lost."
        ) from error
