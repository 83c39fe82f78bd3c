"""Task "devices" in PyTorch: the student's own code on a GPU, simulated or real, beside the same code on the CPU.

What runs where is the worker's word, so these checks are attested. What they compare, logits and losses, comes from
models with equal weights in one worker; the CPU's run is judged by the other tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from autograder.blueprint import Framework, Tolerance
from autograder.checking.copies import copies
from autograder.checking.device_findings import elsewhere, ignored, left_there, no_object, other_outputs, other_training
from autograder.checking.device_trial import EPOCHS, DeviceTrial, apart, device_module, formed
from autograder.checking.grading import Grading
from autograder.checking.models import drawn_sizes, must_answer
from autograder.checking.shapes import judged_so_far
from autograder.checking.trial import BATCH, TEXTS
from autograder.checking.unsteady import varies
from autograder.checking.verdicts import NotGradable, RestsOn
from autograder.errors import SubmissionError
from autograder.student.device_failures import MIXED, NOT_REGISTERED, NOT_SIMULATED
from autograder.student.model import Floats, Inputs, Model

EXAMPLES = 40
ROUNDING = Tolerance()
# TF32, in which Ampere and later cards multiply, keeps 10 bits of a factor: an error of 5e-4 in each product, and of
# some of it in a sum of a few hundred; a training hands it on from step to step.
TF32 = Tolerance(rtol=1e-2, atol=1e-2)

TORCH = Framework.TORCH
Result = TypeVar("Result")


def model(grading: Grading) -> str:
    """Compare what the model computes on the device, where the grader moves it, with what it computes on the CPU.

    Raises:
        SubmissionError: Naming the tensor that stays behind.
    """
    return judged_once(grading, _model)


def prediction(grading: Grading) -> str:
    """Compare what ``predict`` returns when it is given the device with what it returns on the CPU.

    Raises:
        SubmissionError: It fails there, ignores its argument, or leaves its result there.
    """
    return judged_once(grading, _prediction)


def training(grading: Grading) -> str:
    """Compare a small training on the device with the same one on the CPU, and count what is copied.

    Raises:
        SubmissionError: It fails there, ignores its argument, or trains to something else.
    """
    return judged_once(grading, _training)


def objects(grading: Grading) -> str:
    """Hand ``predict`` and ``fit`` the device as a ``torch.device``.

    Raises:
        SubmissionError: They work with its name alone.
    """
    return judged_once(grading, _objects)


def judged_once(grading: Grading, judge: Callable[[Grading], str]) -> str:
    """What a check says; where the device knows shapes alone, that it was judged as far as they go."""

    def judged() -> str:
        try:
            return judge(grading)
        except SubmissionError as error:
            device = device_module(grading, TORCH).device
            if said := judged_so_far(device, error):
                return said
            if error.finding.misconception == NOT_SIMULATED:
                grading.recorder.staff_note(f"Not simulated: {error.finding.details}")
                raise NotGradable(f"{error.finding.message} That costs nothing.") from error
            raise

    said: str = grading.once(("device", judge.__name__, grading.device_wanted), judged)
    return said


def must_hold(grading: Grading, check: Callable[[Grading], object], why: str) -> None:
    """Raise RestsOn, for this reason, unless a check holds that another one rests on."""
    try:
        check(grading)
    except SubmissionError as error:
        raise RestsOn(why) from error


def _model(grading: Grading) -> str:
    sizes = drawn_sizes(grading, 1)
    there = grading.build(device_module(grading, TORCH), sizes)
    inputs = grading.inputs(grading.rng("device"), sizes)
    here = must_answer(there, inputs)
    if varies(there, inputs):
        raise RestsOn("The model gives other outputs each time that it is called: mend that first (2.3).")
    there.module.take_trace()
    found = _moved(there, inputs)
    _must_compute_there(there, "The model", "the device that it was moved to", there.module.take_trace())
    if not _tolerance(there).agrees(found, here):
        raise SubmissionError(other_outputs("The model computes", found, here))
    return f"On {there.module.device.label} the model computes what it computes on the CPU{apart(found, here)}."


def _moved(there: Model, inputs: Inputs) -> Floats:
    """Outputs of the model after its move.

    Raises:
        RestsOn: Parameters that nobody registered stay behind, which task 2 has charged.
    """
    try:
        return there.forward_on_device(inputs)
    except SubmissionError as error:
        if error.finding.misconception == NOT_REGISTERED:
            raise RestsOn(f"{error.finding.message} {error.finding.advice} Mend its parameters (2.2) first.") from error
        raise


def _prediction(grading: Grading) -> str:
    sizes = drawn_sizes(grading, 1)
    there = grading.build(device_module(grading, TORCH), sizes)
    must_hold(grading, model, "The model itself can't be used on a GPU: mend 4.1 first.")
    inputs = grading.inputs(grading.rng("device"), sizes, EXAMPLES)
    here, again = (_on_cpu("predict", "2.5", partial(formed, partial(there.predict, inputs))) for _ in range(2))
    _must_compute_here("predict", there.module.take_trace())
    answer = formed(partial(there.predict_on_device, inputs))
    _must_compute_there(there, "predict", "its argument `device`", there.module.take_trace())
    if answer is None or here is None or again is None or not ROUNDING.agrees(here, again):
        return f"predict computes on {there.module.device.label}; what it returns isn't compared, for what 2.5 says."
    found, left = answer
    if left:
        raise SubmissionError(left_there(there))
    if not _tolerance(there).agrees(found, here):
        raise SubmissionError(other_outputs("predict returns", found, here))
    return f"On {there.module.device.label} predict returns what it returns on the CPU{apart(found, here)}."


def _training(grading: Grading) -> str:
    trial = DeviceTrial(grading)
    here, there = trial.build(), trial.build()
    must_hold(grading, model, "The model itself can't be used on a GPU: mend 4.1 first.")
    # On a real device an order that is drawn there is another one than the CPU's: then all texts make one batch.
    batch = TEXTS if _is_real(there) else BATCH
    wanted, again = (_on_cpu("fit", "3.1", partial(trial.run, made, batch)) for made in (here, trial.build()))
    _must_compute_here("fit", again.trace)
    found = trial.run(there, batch, device=there.module.device.name, other=here)
    _must_compute_there(there, "fit", "its argument `device`", found.trace)
    told = copies(found.trace, EPOCHS * -(-TEXTS // batch), grading.blueprint(there.sizes).heeds_padding)
    if not again.agrees(wanted, ROUNDING):
        return f"fit computes on {there.module.device.label}; its results vary even on the CPU (3.3). {told}"
    if not found.agrees(wanted, _tolerance(there)):
        raise SubmissionError(other_training(found, wanted))
    return f"On {there.module.device.label} fit trains to what it trains to on the CPU{found.apart(wanted)}. {told}"


def _objects(grading: Grading) -> str:
    trial = DeviceTrial(grading)
    there = trial.build()
    for name, number, check in (("predict", "4.2", prediction), ("fit", "4.3", training)):
        must_hold(grading, check, f"{name} doesn't compute on a device that it is given by name: mend {number} first.")
    for name in ("cpu", there.module.device.name):
        _takes_object(there, "predict", name, partial(there.predict_on_device, trial.inputs, device=name))
        _takes_object(there, "fit", name, partial(trial.fit, trial.build(), device=name))
    return "predict and fit take a torch.device as well as a name."


def _takes_object(there: Model, function: str, name: str, call: Callable[..., object]) -> None:
    """Raise SubmissionError if a call that works with a device's name fails with its object."""
    try:
        formed(partial(call, as_object=True))
    except SubmissionError as error:
        if judged_so_far(there.module.device, error):
            raise
        formed(call)  # what fails by name as well is no matter of names
        raise SubmissionError(no_object(function, name, error.finding)) from error


def _on_cpu(function: str, number: str, call: Callable[[], Result]) -> Result:
    """What a call on the CPU gives, of which other tasks say what is wrong.

    Raises:
        SubmissionError: It computes on the device although it is told to use the CPU.
        RestsOn: It fails for another reason.
    """
    try:
        return call()
    except SubmissionError as error:
        if error.finding.misconception in MIXED:
            raise SubmissionError(elsewhere(function, error.finding.found)) from error
        where = f" ({error.finding.found})" if error.finding.found else ""
        raise RestsOn(f"{function} fails on the CPU, too; see {number}. {error.finding.message}{where}") from error


def _must_compute_there(there: Model, what: str, argument: str, trace: Mapping[str, Any]) -> None:
    if not trace.get("computed", 1):
        raise SubmissionError(ignored(there, what, argument, "nothing was computed there"))
    if not trace.get("parameters", 1):
        raise SubmissionError(ignored(there, what, argument, "the model stays on the CPU"))


def _must_compute_here(function: str, trace: Mapping[str, Any]) -> None:
    if trace.get("computed", 0):
        raise SubmissionError(elsewhere(function))


def _is_real(there: Model) -> bool:
    return there.module.device.is_real


def _tolerance(there: Model) -> Tolerance:
    return TF32 if _is_real(there) else ROUNDING
