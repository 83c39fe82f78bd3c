"""What is told of code that runs on a device, and does something else there than it should."""

from __future__ import annotations

import numpy as np

from autograder.checking.device_trial import Run
from autograder.errors import Finding
from autograder.student.model import Floats, Model


def left_there(there: Model) -> Finding:
    return Finding(
        "predict returns a tensor that still lies on the device.",
        expected="a NumPy array, in the computer's own memory",
        found=f"a tensor on {there.module.device.label}",
        advice="End with logits.cpu().numpy().",
        misconception="result-left-on-device",
    )


def other_outputs(what: str, found: Floats, wanted: Floats) -> Finding:
    return Finding(
        f"{what} something else on a GPU than on the CPU.",
        expected="the CPU's logits, but for rounding",
        found=f"a difference of up to {np.abs(found - wanted).max():.2g}",
        advice="Nothing may depend on the device: look for a condition on it.",
        misconception="other-on-device",
    )


def other_training(found: Run, wanted: Run) -> Finding:
    return Finding(
        "On a GPU, fit trains to something else than on the CPU.",
        expected=f"losses {_each(wanted.losses)}, as on the CPU with the same weights and the same seed",
        found=f"losses {_each(found.losses)}; logits after it that differ by up to "
        f"{np.abs(found.logits - wanted.logits).max():.2g}",
        advice="Nothing may depend on the device: look for a condition on it, and for an optimizer that has other "
        "parameters than the model.",
        misconception="other-on-device",
    )


def ignored(there: Model, what: str, argument: str, how: str) -> Finding:
    """``how``: what shows it."""
    return Finding(
        f"{what} ignores {argument}: {how}.",
        expected=f"the model, its input and the computation on {there.module.device.label}",
        advice="Move the model and each batch where the argument says: model.to(device), batch = batch.to(device). "
        "torch.cuda.is_available() tells what there is, not what is asked for.",
        misconception="device-ignored",
    )


def elsewhere(function: str, found: str = "") -> Finding:
    """``found``: the student's line, where one is known."""
    return Finding(
        f"{function} ignores its argument `device`: told to use the CPU, it uses the GPU.",
        expected="the computation on the CPU",
        found=found,
        advice="Compute where the argument says, whatever devices there are.",
        misconception="device-ignored",
    )


def no_object(function: str, name: str, raised: Finding) -> Finding:
    """``raised``: what the function's exception is told as."""
    return Finding(
        f"{function} takes the name of a device, but not torch.device({name!r}).",
        expected="a name or a torch.device: `to` takes both",
        found=raised.found or raised.message,
        advice="Hand `device` on to `to` as it is. Where you compare it, make it a torch.device first: "
        'torch.device(device).type == "cpu".',
        misconception="device-taken-for-text",
        details=raised.details,
    )


def _each(losses: Floats | None) -> str:
    return "of a wrong form" if losses is None else ", ".join(f"{loss:.4f}" for loss in losses)
