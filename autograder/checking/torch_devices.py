"""Task "devices" in PyTorch: the student's own code on a GPU, simulated or real, beside the same code on the CPU.

What runs where is the worker's word, so these checks are attested. What they compare, logits and losses, comes from
models with equal weights in one worker; the CPU's run is judged by the other tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np

from autograder.blueprint import Framework, Tolerance
from autograder.checking.copies import copies
from autograder.checking.grading import Grading
from autograder.checking.models import drawn_sizes, must_answer
from autograder.checking.shapes import as_far_as_shapes_go
from autograder.checking.trial import BATCH, TEXTS
from autograder.checking.verdicts import RestsOn
from autograder.errors import Finding, SubmissionError
from autograder.student.device_failures import NOT_REGISTERED
from autograder.student.handle import Fitted, Floats, Inputs, Model, Module

EXAMPLES = 40
EPOCHS, RATE, SEED = 2, 1e-2, 11
ROUNDING = Tolerance()
# TF32, in which Ampere and later cards multiply, keeps 10 bits of a factor: an error of 5e-4 in each product, and of
# some of it in a sum of a few hundred; a training hands it on from step to step.
TF32 = Tolerance(rtol=1e-2, atol=1e-2)
AFTER_TRAINING = 10  # times as far apart: a step of Adam makes up to the learning rate of a difference in sign

TORCH = Framework.TORCH
Result = TypeVar("Result")


def device_module(grading: Grading, framework: Framework) -> Module:
    """The student's module in a worker of its own that has a device."""
    module: Module = grading.once(
        ("device module", framework), lambda: grading.student.module(framework).another(grading.device_wanted)
    )
    return module


def model(grading: Grading) -> str:
    """Compare what the model computes on the device, where the grader moves it, with what it computes on the CPU.

    Raises:
        SubmissionError: Naming the tensor that stays behind.
    """
    said: str = grading.once(("model on a device",), lambda: _model(grading))
    return said


def prediction(grading: Grading) -> str:
    """Compare what ``predict`` returns when it is given the device with what it returns on the CPU.

    Raises:
        SubmissionError: It fails there, ignores its argument, or leaves its result there.
    """
    said: str = grading.once(("prediction on a device",), lambda: _prediction(grading))
    return said


def training(grading: Grading) -> str:
    """Compare a small training on the device with the same one on the CPU, and count what is copied.

    Raises:
        SubmissionError: It fails there, ignores its argument, or trains to something else.
    """
    said: str = grading.once(("training on a device",), lambda: _training(grading))
    return said


def objects(grading: Grading) -> str:
    """Hand ``predict`` and ``fit`` the device as a ``torch.device``.

    Raises:
        SubmissionError: They work with its name alone.
    """
    for name, check in (("predict", prediction), ("fit", training)):
        _must_hold(grading, check, f"{name} doesn't compute on a device that it is given by name: mend that first.")
    trial = _Trial(grading)
    there = trial.build()
    for name in ("cpu", there.module.device.name):
        _takes_object("predict", name, partial(there.predict_on_device, trial.inputs, device=name, as_object=True))
        _takes_object("fit", name, partial(trial.fit, there, device=name, as_object=True))
    return "predict and fit take a torch.device as well as a name."


def _model(grading: Grading) -> str:
    sizes = drawn_sizes(grading, 1)
    there = grading.build(device_module(grading, TORCH), sizes)
    inputs = grading.inputs(grading.rng("device"), sizes)
    here = must_answer(there, inputs)
    if not ROUNDING.agrees(must_answer(there, inputs), here):
        raise RestsOn("The model gives other outputs each time that it is called: mend that first (2.3).")
    there.module.take_trace()
    found = _moved(there, inputs)
    if found is None:
        return _by_shapes(there)
    _must_compute_there(there, "The model", "the device that it was moved to")
    _must_agree("The model computes", found, here, _tolerance(there))
    return f"On {there.module.device.label} the model computes what it computes on the CPU{_apart(found, here)}."


def _moved(there: Model, inputs: Inputs) -> Floats | None:
    """Outputs of the model after its move; None where shapes alone are known.

    Raises:
        RestsOn: Parameters that nobody registered stay behind, which task 2 has charged.
    """
    try:
        return as_far_as_shapes_go(there, lambda: there.forward_on_device(inputs))
    except SubmissionError as error:
        if error.finding.misconception == NOT_REGISTERED:
            raise RestsOn(f"{error.finding.message} {error.finding.advice} Mend its parameters (2.2) first.") from error
        raise


def _prediction(grading: Grading) -> str:
    _must_hold(grading, model, "The model itself can't be used on a GPU: mend that first.")
    sizes = drawn_sizes(grading, 1)
    there = grading.build(device_module(grading, TORCH), sizes)
    inputs = grading.inputs(grading.rng("device"), sizes, EXAMPLES)
    here = _on_cpu("predict", lambda: there.predict(inputs))
    if not ROUNDING.agrees(_on_cpu("predict", lambda: there.predict(inputs)), here):
        raise RestsOn("predict gives something else each time that it is called: mend that first (2.5).")
    there.module.take_trace()
    answer = as_far_as_shapes_go(there, lambda: there.predict_on_device(inputs))
    if answer is None:
        return _by_shapes(there)
    found, left = answer
    if left:
        raise SubmissionError(
            Finding(
                "predict returns a tensor that still lies on the device.",
                expected="a NumPy array, in the computer's own memory",
                found=f"a tensor on {there.module.device.label}",
                advice="End with logits.cpu().numpy().",
                misconception="result-left-on-device",
            )
        )
    _must_compute_there(there, "predict", "its argument `device`")
    _must_agree("predict returns", found, here, _tolerance(there))
    return f"On {there.module.device.label} predict returns what it returns on the CPU{_apart(found, here)}."


def _training(grading: Grading) -> str:
    _must_hold(grading, model, "The model itself can't be used on a GPU: mend that first.")
    trial = _Trial(grading)
    here, there = trial.build(), trial.build()
    # On a real device an order that is drawn there is another one than the CPU's: then all texts make one batch.
    batch = TEXTS if _is_real(there) else BATCH
    wanted = _on_cpu("fit", lambda: trial.run(here, batch))
    repeated = _on_cpu("fit", lambda: trial.run(here, batch))
    found = as_far_as_shapes_go(there, lambda: trial.run(there, batch, device=there.module.device.name, other=here))
    if found is None:
        return _by_shapes(there)
    _must_compute_there(there, "fit", "its argument `device`", found.trace)
    told = copies(found.trace, EPOCHS * -(-TEXTS // batch), grading.blueprint(there.sizes).heeds_padding)
    if not repeated.agrees(wanted, ROUNDING):
        return (
            f"fit runs on {there.module.device.label}; two runs on the CPU differ (3.3), so no more is compared. {told}"
        )
    if not found.agrees(wanted, _tolerance(there)):
        raise SubmissionError(
            Finding(
                "On a GPU, fit trains to something else than on the CPU.",
                expected=f"losses {_each(wanted.losses)}, as on the CPU with the same weights and seed",
                found=f"losses {_each(found.losses)}; logits that differ by up to "
                f"{np.abs(found.logits - wanted.logits).max():.2g} after it",
                advice="Nothing in fit may depend on the device: look for a condition on it, and for gradients that "
                "are lost on the way to another device.",
                misconception="other-on-device",
            )
        )
    return f"On {there.module.device.label} fit gives the CPU's losses{_apart(found.losses, wanted.losses)}. {told}"


@dataclass(frozen=True)
class _Run:
    """Losses of a small training, float64 [epochs], logits of its texts after it, float64 [n, num_classes]; its copies."""

    losses: Floats
    logits: Floats
    trace: Mapping[str, Any]

    def agrees(self, other: _Run, tolerance: Tolerance) -> bool:
        wider = Tolerance(rtol=AFTER_TRAINING * tolerance.rtol, atol=AFTER_TRAINING * tolerance.atol)
        return wider.agrees(self.losses, other.losses) and wider.agrees(self.logits, other.logits)


class _Trial:
    """A few texts, and models without dropout that begin with the same weights."""

    def __init__(self, grading: Grading) -> None:
        rng = grading.rng("device trial")
        self._grading = grading
        self._sizes = {**drawn_sizes(grading, 2), "dropout": 0.0}
        self.inputs: Inputs = grading.inputs(rng, self._sizes, TEXTS, trains=True)
        self._labels = rng.integers(0, self._sizes["num_classes"], TEXTS)
        self._start: list[np.ndarray] | None = None

    def build(self) -> Model:
        made = self._grading.build(device_module(self._grading, TORCH), self._sizes)
        must_answer(made, self.inputs)
        self._start = made.weights() if self._start is None else self._start
        return made

    def run(self, trained: Model, batch: int, device: str = "", other: Model | None = None) -> _Run:
        """Train from the common start; the logits are those of ``other``, where the model itself is elsewhere then."""
        assert self._start is not None  # a model has been built  # noqa: S101 - for the type checker
        trained.set_weights(self._start)
        trained.module.take_trace()
        fitted = self.fit(trained, batch, device)
        trace = trained.module.take_trace()  # before weights are copied back
        on_cpu = other or trained
        on_cpu.set_weights(trained.weights())
        return _Run(fitted.losses, on_cpu.forward(self.inputs, training=False), trace)

    def fit(self, trained: Model, batch: int = BATCH, device: str = "", *, as_object: bool = False) -> Fitted:
        settings = {"epochs": EPOCHS, "batch_size": batch, "learning_rate": RATE, "seed": SEED}
        if not device:
            return trained.fit(self.inputs, self._labels, **settings)
        return trained.fit_on_device(self.inputs, self._labels, device=device, as_object=as_object, **settings)


def _must_hold(grading: Grading, check: Callable[[Grading], str], why: str) -> None:
    try:
        check(grading)
    except SubmissionError as error:
        raise RestsOn(why) from error


def _on_cpu(function: str, call: Callable[[], Result]) -> Result:
    """What a call on the CPU gives, of which other tasks say what is wrong."""
    try:
        return call()
    except SubmissionError as error:
        raise RestsOn(f"{function} fails on the CPU, too: {error.finding.message}") from error


def _must_compute_there(there: Model, what: str, argument: str, trace: Mapping[str, Any] | None = None) -> None:
    trace = there.module.take_trace() if trace is None else trace
    if trace.get("computed", 1):
        return
    raise SubmissionError(
        Finding(
            f"{what} ignores {argument}: nothing was computed there.",
            expected=f"the computation on {there.module.device.label}",
            found="everything on the CPU",
            advice="Move the model and each batch there: model.to(device), batch.to(device).",
            misconception="device-ignored",
        )
    )


def _must_agree(what: str, found: Floats, wanted: Floats, tolerance: Tolerance) -> None:
    if not tolerance.agrees(found, wanted):
        raise SubmissionError(
            Finding(
                f"{what} something else on a GPU than on the CPU.",
                expected="the CPU's logits, but for rounding",
                found=f"a difference of up to {np.abs(found - wanted).max():.2g}",
                advice="Nothing may depend on the device: look for a condition on it.",
                misconception="other-on-device",
            )
        )


def _takes_object(function: str, name: str, call: Callable[[], object]) -> None:
    try:
        call()
    except SubmissionError as error:
        raise SubmissionError(
            Finding(
                f"{function} takes the name of a device, but not torch.device({name!r}).",
                expected="a name or a torch.device: `to` takes both",
                found=error.finding.found or error.finding.message,
                advice="Hand `device` on to `to` as it is. Where you compare it, make it a torch.device first: "
                'torch.device(device).type == "cpu".',
                misconception="device-taken-for-text",
                details=error.finding.details,
            )
        ) from error


def _is_real(there: Model) -> bool:
    return there.module.device.kind not in ("simulated", "shapes")


def _tolerance(there: Model) -> Tolerance:
    return TF32 if _is_real(there) else ROUNDING


def _by_shapes(there: Model) -> str:
    return f"Followed as far as shapes go, on {there.module.device.label}: {there.module.device.why}."


def _apart(found: Floats, wanted: Floats) -> str:
    largest = float(np.abs(found - wanted).max())
    return f", within {largest:.1g}" if largest else ", bit for bit"


def _each(losses: Floats) -> str:
    return ", ".join(f"{loss:.4f}" for loss in losses)
