"""Task "devices": what each framework's code has to do with a GPU, simulated or real.

Keras places work by itself, so its code has to leave that alone (``keras_devices``); PyTorch asks its user to move
model and data (``torch_devices``). What runs where is the worker's word, so these checks are attested.
"""

from __future__ import annotations

from autograder.blueprint import Framework
from autograder.checking import device_saving, torch_devices
from autograder.checking.grading import Grading
from autograder.checking.verdicts import NotGradable


def model(grading: Grading, framework: Framework) -> str:
    """The model itself, moved to the device or made on it."""
    return torch_devices.model(grading) if framework is Framework.TORCH else _keras()


def prediction(grading: Grading, framework: Framework) -> str:
    """What ``predict`` does with a device."""
    return torch_devices.prediction(grading) if framework is Framework.TORCH else _keras()


def training(grading: Grading, framework: Framework) -> str:
    """What ``fit`` does with a device."""
    return torch_devices.training(grading) if framework is Framework.TORCH else _keras()


def objects(grading: Grading, framework: Framework) -> str:  # noqa: ARG001 - PyTorch alone hands devices over
    """Whether a device may be a ``torch.device`` as well as a name."""
    return torch_devices.objects(grading)


def saving(grading: Grading, framework: Framework) -> str:  # noqa: ARG001 - Keras writes from the computer's memory
    """Whether what was saved on a device loads where there is none."""
    return device_saving.saving(grading)


def leaves_choice(grading: Grading, framework: Framework) -> str:
    """Whether the code hides a device, or insists on one."""
    raise NotGradable("Not looked at yet.")


def _keras() -> str:
    raise NotGradable("Not looked at yet.")
