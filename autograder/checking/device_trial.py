"""A small training on a device beside the same one on the CPU, in one worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np

from autograder.blueprint import Framework, Tolerance
from autograder.checking.grading import Grading
from autograder.checking.models import drawn_sizes, must_answer
from autograder.checking.trial import BATCH, TEXTS
from autograder.checking.unsteady import varies
from autograder.checking.verdicts import RestsOn
from autograder.sandbox.accelerators import SIMULATED
from autograder.student.handle import Module
from autograder.student.model import Fitted, Floats, Inputs, Model
from autograder.student.values import WrongForm

EPOCHS, RATE, SEED = 2, 1e-2, 11
AFTER_TRAINING = 10  # times as far apart: a step of Adam makes up to the learning rate of a difference in sign
Result = TypeVar("Result")


def device_module(grading: Grading, framework: Framework) -> Module:
    """The student's module in a worker of its own that has a device.

    Keras's is always a simulated one: on a real GPU, one that is named by hand works.
    """
    wanted = SIMULATED if framework is Framework.KERAS else grading.device_wanted
    module: Module = grading.once(
        ("device module", framework, wanted), lambda: grading.student.module(framework).another(wanted)
    )
    return module


@dataclass(frozen=True)
class Run:
    """A small training, and what came of it.

    Attributes:
        losses: As ``fit`` returned them, float64 [epochs]; None where they are no list of one loss for each epoch.
        logits: Of its texts afterwards, float64 [n, num_classes].
        trace: What was copied.
    """

    losses: Floats | None
    logits: Floats
    trace: Mapping[str, Any]

    def agrees(self, other: Run, tolerance: Tolerance) -> bool:
        wider = Tolerance(rtol=AFTER_TRAINING * tolerance.rtol, atol=AFTER_TRAINING * tolerance.atol)
        if self.losses is None or other.losses is None:
            return wider.agrees(self.logits, other.logits)
        return wider.agrees(self.logits, other.logits) and wider.agrees(self.losses, other.losses)

    def apart(self, other: Run) -> str:
        return apart(self.logits, other.logits)


class DeviceTrial:
    """A few texts, and models without dropout that begin with the same weights."""

    def __init__(self, grading: Grading) -> None:
        rng = grading.rng("device trial")
        self._grading = grading
        self._sizes = {**drawn_sizes(grading, 2), "dropout": 0.0}
        self.inputs: Inputs = grading.inputs(rng, self._sizes, TEXTS, trains=True)
        self._labels = rng.integers(0, self._sizes["num_classes"], TEXTS)
        self._start: list[np.ndarray] | None = None

    def build(self) -> Model:
        made = self._grading.build(device_module(self._grading, Framework.TORCH), self._sizes)
        must_answer(made, self.inputs)
        if varies(made, self.inputs):
            raise RestsOn("The model gives other outputs each time, on any device: mend its outputs (2.3) first.")
        self._start = made.weights() if self._start is None else self._start
        return made

    def run(self, trained: Model, batch: int, device: str = "", other: Model | None = None) -> Run:
        """Train from the common start; the logits are those of ``other``, where the model itself is elsewhere then."""
        assert self._start is not None  # a model has been built  # noqa: S101 - for the type checker
        trained.set_weights(self._start)
        trained.module.take_trace()
        fitted = formed(partial(self.fit, trained, batch, device))
        trace = trained.module.take_trace()  # before weights are copied back
        on_cpu = other or trained
        on_cpu.set_weights(trained.weights())
        losses = None if fitted is None else fitted.losses
        return Run(losses, on_cpu.forward(self.inputs, training=False), trace)

    def fit(self, trained: Model, batch: int = BATCH, device: str = "", *, as_object: bool = False) -> Fitted:
        settings = {"epochs": EPOCHS, "batch_size": batch, "learning_rate": RATE, "seed": SEED}
        if not device:
            return trained.fit(self.inputs, self._labels, **settings)
        return trained.fit_on_device(self.inputs, self._labels, device=device, as_object=as_object, **settings)


def formed(call: Callable[[], Result]) -> Result | None:
    """What a call gives; None where it did its work and gave something of a wrong form, as other tasks say."""
    try:
        return call()
    except WrongForm:
        return None


def apart(found: Floats, wanted: Floats) -> str:
    largest = float(np.abs(found - wanted).max())
    return f", within {largest:.1g}" if largest else ", bit for bit"
