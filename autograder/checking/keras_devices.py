"""Task "devices" for Keras, which places work by itself: the student's code has to leave that alone.

Whoever builds the model under the scope of a device finds all of it there, unless a line of the code asks for something
else; so no GPU is needed to see who would miss it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.blueprint import Tolerance
from autograder.checking.device_requests import hard_coded
from autograder.checking.device_trial import device_module
from autograder.checking.grading import Grading
from autograder.checking.keras_on_device import (
    KERAS,
    Seen,
    built,
    comparable,
    fit_in_usual_worker,
    fitted,
    ordinary,
    predicted,
)
from autograder.checking.models import must_answer
from autograder.checking.trial import SEED, run_with, short_run
from autograder.checking.verdicts import NotGradable, RestsOn
from autograder.errors import Finding, SubmissionError
from autograder.student.device_failures import NAMED
from autograder.student.model import Floats
from autograder.student.values import WrongForm
from autograder.student.worker import WorkerGone

SAME_LOSS = 1e-4  # relative: the same operations on a device of the same kind


def model(grading: Grading) -> str:
    """Raise SubmissionError unless the model is built, and computes, on the device under whose scope that happens.

    Raises:
        RestsOn: The model can't be called anywhere.
    """
    usual, inputs = ordinary(grading)
    seen = built(grading)
    _judge(grading, seen, "build_model, or the model when it is called,", lambda: must_answer(usual, inputs))
    if not seen.spreads:
        _all_there(grading, seen, "build_model")
    wanted = usual.forward(inputs, training=False)
    same = Tolerance().agrees(seen.values, wanted)
    if not same and Tolerance().agrees(usual.forward(inputs, training=False), wanted):
        raise SubmissionError(_differs("The model computes something else on another device.", seen.values, wanted))
    weights = (
        "A strategy that names no device places the weights"
        if seen.spreads
        else f"All {len(seen.placement)} weights are on the device that the model was built on"
    )
    logits = ", its outputs there are the same" if same else ""
    return f"{weights}{logits}, and {'its graph' if seen.traced else 'it'} names no device."


def prediction(grading: Grading) -> str:
    """Raise SubmissionError unless ``predict`` computes wherever the model is.

    Raises:
        RestsOn: The model asks for a device already, or ``predict`` works nowhere.
    """
    usual, inputs = ordinary(grading)
    _rests_on_model(grading)
    seen = predicted(grading)
    _judge(grading, seen, "predict", lambda: _works(lambda: usual.predict(inputs), "predict", "2.5"))
    if seen.error is not None:
        return "predict names no device; what it returns isn't compared, for what 2.5 says."
    wanted = usual.predict(inputs)
    if Tolerance().agrees(seen.values, wanted):
        return "predict names no device, and gives the same on another one."
    if Tolerance().agrees(usual.predict(inputs), wanted):
        raise SubmissionError(_differs("predict returns something else on another device.", seen.values, wanted))
    return "predict names no device; what it returns varies from call to call, so that was not compared."


def training(grading: Grading) -> str:
    """Raise SubmissionError unless ``fit`` trains the model wherever it is, with the same losses.

    Raises:
        RestsOn: The model asks for a device already, or ``fit`` works nowhere.
    """
    ordinary(grading)
    _rests_on_model(grading)
    seen, b = fitted(grading), comparable(grading)
    _judge(grading, seen, "fit", lambda: _works(lambda: fit_in_usual_worker(grading), "fit", "3.1"))
    if seen.error is not None:
        return "fit names no device; what it returns isn't compared, for what 3.1 says."
    if not (built(grading).spreads or seen.spreads):
        _all_there(grading, seen, "fit")
    if b is None:
        return "fit names no device, and leaves all weights on theirs; its losses can't be compared."
    wanted = short_run(grading, KERAS)[0]
    if np.allclose(seen.values, wanted, rtol=SAME_LOSS, atol=0):
        return "fit names no device, and its losses are the same on another one."
    if np.allclose(run_with(b, SEED)[0], wanted, rtol=SAME_LOSS, atol=0):
        raise SubmissionError(_differs("fit returns other losses on another device.", seen.values, wanted))
    return "fit names no device; its losses vary from run to run, so they were not compared."


# -- what is said of it


def _judge(grading: Grading, seen: Seen, where: str, elsewhere: Callable[[], object]) -> None:
    """Raise SubmissionError for what was asked for, or raised; ``elsewhere`` does the same in the usual worker."""
    if finding := hard_coded(where, seen.requests):
        raise SubmissionError(finding)
    if seen.error is None or isinstance(seen.error, WrongForm):
        return
    if seen.error.finding.misconception == NAMED or isinstance(seen.error, WorkerGone):
        raise seen.error
    if any(request.kind == "chooses" for request in seen.requests):
        raise RestsOn(f"The code chooses devices for the whole program: mend 4.6 first. {seen.error.finding.message}")
    elsewhere()  # raises RestsOn where it fails as well
    grading.recorder.staff_note(f"Keras on a second processor: {seen.error.finding.message}")
    raise NotGradable("This could not be tried on another device than the usual one.") from seen.error


def _all_there(grading: Grading, seen: Seen, where: str) -> None:
    assert seen.model is not None  # there is one where nothing was raised  # noqa: S101 - for the type checker
    there, placed = (
        device_module(grading, KERAS).device.name.strip("/"),
        zip(seen.model.parameters, seen.placement, strict=False),
    )
    elsewhere = [f"{parameter.name} on {device}" for parameter, device in placed if device != there]
    if elsewhere:
        raise SubmissionError(
            Finding(
                f"{where} puts {len(elsewhere)} of {len(seen.placement)} weights on a device of its own choice.",
                expected=f"all on {there}, where the grader put the model",
                found=", ".join(elsewhere[:3]) + (", ..." if len(elsewhere) > 3 else ""),
                advice="Name no device, and use no strategy that does: Keras takes a GPU by itself.",
                misconception=NAMED,
            )
        )


def _differs(message: str, found: Floats, wanted: Floats) -> Finding:
    return Finding(
        message,
        expected="the same on every device, but for rounding",
        found=f"a difference of up to {np.abs(found - wanted).max():.2g}",
        advice="Look for code that asks which devices there are.",
    )


def _rests_on_model(grading: Grading) -> None:
    try:
        model(grading)
    except RestsOn:
        raise
    except SubmissionError as error:
        raise RestsOn(f"{error.finding.message} Mend 4.1 first.") from error


def _works(call: Callable[[], object], function: str, number: str) -> None:
    try:
        call()
    except SubmissionError as error:
        raise RestsOn(f"{function} doesn't work on any device: mend that first ({number}).") from error
