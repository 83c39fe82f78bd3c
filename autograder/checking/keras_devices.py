"""Task "devices" for Keras, which places work by itself: the student's code has to leave that alone.

The worker has a second processor in a GPU's place. Whoever builds the model under its scope finds all of it there,
unless a line of the code asks for something else; so no GPU is needed to see who would miss it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.blueprint import Framework, Tolerance
from autograder.checking.device_requests import Request, asked_for, chosen, hard_coded
from autograder.checking.grading import PROBES, Grading
from autograder.checking.models import build, drawn_model, drawn_sizes, must_answer
from autograder.checking.trial import BATCH, SEED, SHORT_EPOCHS, SHORT_RATE, TEXTS, Trial, run_with, short_run, trial
from autograder.checking.verdicts import NotGradable, RestsOn
from autograder.errors import Finding, SubmissionError
from autograder.student.device_failures import NAMED
from autograder.student.handle import Floats, Inputs, Model, Module

KERAS = Framework.KERAS
SAME_LOSS = 1e-4  # relative: the same operations on another device of the same kind, in another order at most
SETTINGS: dict[str, Any] = {
    "epochs": SHORT_EPOCHS, "batch_size": BATCH, "learning_rate": SHORT_RATE, "seed": SEED,
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What calls of the student's code did on the device.

    Attributes:
        requests: What it asked for.
        traced: Whether the model's graph could be looked at.
        model: Built there.
        values: What came back: logits, or losses.
        placement: The device of each weight, afterwards.
        error: What it raised instead.
    """

    requests: tuple[Request, ...] = ()
    traced: bool = False
    model: Model | None = None
    values: Floats = field(default_factory=lambda: np.zeros(0))
    placement: tuple[str, ...] = ()
    error: SubmissionError | None = None


def model(grading: Grading) -> str:
    """Raise SubmissionError unless the model is built, and computes, on the device under whose scope that happens.

    Raises:
        RestsOn: The model can't be called anywhere.
    """
    ordinary, inputs = _ordinary(grading)
    seen = _built(grading)
    _judge(grading, seen, "build_model, or the model when it is called,", lambda: must_answer(ordinary, inputs))
    there = _module(grading).device.name.strip("/")
    _all_there(seen, there, "build_model")
    ordinary.set_weights(_start(grading))
    same = Tolerance().agrees(seen.values, ordinary.forward(inputs, training=False))
    if not same and Tolerance().agrees(ordinary.forward(inputs, training=False), _wanted(grading)):
        raise SubmissionError(_differs("The model's outputs", seen.values, _wanted(grading)))
    what = f"All {len(seen.placement)} weights are on the device that the model was built on"
    outputs = ", and its outputs there are those of another" if same else ""
    return f"{what}{outputs}; " + ("its graph asks for none." if seen.traced else "no line of it asks for one.")


def prediction(grading: Grading) -> str:
    """Raise SubmissionError unless ``predict`` computes wherever the model is.

    Raises:
        RestsOn: The model asks for a device already, or ``predict`` works nowhere.
    """
    ordinary, inputs = _ordinary(grading)
    _rests_on_model(grading)
    seen = _predicted(grading)
    _judge(grading, seen, "predict", lambda: _works(lambda: ordinary.predict(inputs), "predict", "2.5"))
    ordinary.set_weights(_start(grading))
    wanted = ordinary.predict(inputs)
    if Tolerance().agrees(seen.values, wanted):
        return "predict gives the same on the device, and names none."
    if Tolerance().agrees(wanted, ordinary.predict(inputs)):
        raise SubmissionError(_differs("What predict returns", seen.values, wanted))
    return "predict names no device; its outputs vary from call to call, so they were not compared."


def training(grading: Grading) -> str:
    """Raise SubmissionError unless ``fit`` trains the model wherever it is, with the same losses.

    Raises:
        RestsOn: The model asks for a device already, or ``fit`` works nowhere.
    """
    _ordinary(grading)
    _rests_on_model(grading)
    seen, b = _fitted(grading), _trial(grading)
    _judge(grading, seen, "fit", lambda: _works(lambda: _ordinary_run(grading), "fit", "3.1"))
    _all_there(seen, _module(grading).device.name.strip("/"), "fit")
    if b is None:
        return "fit names no device, and leaves all weights on theirs; its losses can't be compared."
    wanted = short_run(grading, KERAS)[0]
    if np.allclose(seen.values, wanted, rtol=SAME_LOSS, atol=0):
        return "fit's losses on the device are those of another, and it names none."
    if np.allclose(run_with(b, SEED)[0], wanted, rtol=SAME_LOSS, atol=0):
        raise SubmissionError(_differs("The losses that fit returns", seen.values, wanted))
    return "fit names no device; its losses vary from run to run, so they were not compared."


def leaves_choice(grading: Grading, framework: Framework) -> str:
    """Raise SubmissionError if the code hides GPUs, or insists on certain ones, for the whole program."""
    build(grading, framework, drawn_sizes(grading, 2))  # what stops it here has been told in task 2
    if framework is KERAS:
        seen = _built(grading), _predicted(grading), _fitted(grading)
        requests = [request for part in seen for request in part.requests if request.chooses]
    else:
        requests = _torch_requests(grading)
    if finding := chosen(requests):
        raise SubmissionError(finding)
    return "No line hides a GPU or insists on one."


# -- what is looked at: each once, whatever comes of it


def _module(grading: Grading) -> Module:
    """The student's module in a worker that has a device; ``real`` ones would let a GPU named by hand pass."""
    made: Module = grading.once(("keras device",), lambda: grading.student.module(KERAS).another("simulated"))
    return made


def _ordinary(grading: Grading) -> tuple[Model, Inputs]:
    """A model in the usual worker, which answers, and inputs for it."""
    made = drawn_model(grading, KERAS, 2)
    inputs = grading.inputs(grading.rng("keras devices"), made.sizes, PROBES)
    must_answer(made, inputs)
    return made, inputs


def _start(grading: Grading) -> list[np.ndarray]:
    """Weights for both."""
    start: list[np.ndarray] = grading.once(("keras device", "start"), lambda: _ordinary(grading)[0].weights())
    return start


def _wanted(grading: Grading) -> Floats:
    """Outputs of the usual worker's model under these weights."""
    ordinary, inputs = _ordinary(grading)
    ordinary.set_weights(_start(grading))
    return ordinary.forward(inputs, training=False)


def _built(grading: Grading) -> Seen:
    def look() -> Seen:
        ordinary, inputs = _ordinary(grading)
        there = grading.build(_module(grading), ordinary.sizes)
        there.set_weights(_start(grading))
        logits = there.forward_on_device(inputs)
        return Seen(model=there, values=logits, placement=tuple(there.placement()))

    seen: Seen = grading.once(("keras device", "built"), lambda: _see(grading, look), good=_alive)
    return seen


def _predicted(grading: Grading) -> Seen:
    def look() -> Seen:
        there, (_, inputs) = _usable(grading), _ordinary(grading)
        there.set_weights(_start(grading))
        logits, _ = there.predict_on_device(inputs)
        return Seen(values=logits, placement=tuple(there.placement()))

    seen: Seen = grading.once(("keras device", "predicted"), lambda: _see(grading, look))
    return seen


def _fitted(grading: Grading) -> Seen:
    def look() -> Seen:
        _usable(grading)
        b = _trial(grading)
        sizes = drawn_sizes(grading, 2) if b is None else b.model.sizes
        token_ids, labels = _texts(grading) if b is None else (b.token_ids, b.labels)
        there = grading.build(_module(grading), sizes)
        if b is not None:
            there.set_weights(b.start)
        losses = there.fit_on_device(token_ids, labels, **SETTINGS).losses
        return Seen(model=there, values=losses, placement=tuple(there.placement()))

    seen: Seen = grading.once(("keras device", "fitted"), lambda: _see(grading, look))
    return seen


def _see(grading: Grading, look: Callable[[], Seen]) -> Seen:
    """Look, and add what was asked for meanwhile."""
    try:
        seen = look()
    except SubmissionError as error:
        seen = Seen(error=error)
    trace = _trace(grading)
    return Seen(
        tuple(asked_for(trace)), trace.get("traced") is True, seen.model, seen.values, seen.placement, seen.error
    )


def _trace(grading: Grading) -> Mapping[str, Any]:
    try:
        return _module(grading).take_trace()
    except SubmissionError:  # the module can't be imported there
        return {}


def _alive(seen: Seen) -> bool:
    return seen.model is None or seen.model.alive


def _usable(grading: Grading) -> Model:
    """The model on the device. Raises what building it there raised."""
    seen = _built(grading)
    if seen.model is None:
        raise seen.error or RestsOn("The Keras model can't be built: mend that first.")
    return seen.model


def _trial(grading: Grading) -> Trial | None:
    """A model whose training can be compared; None where another check has found why it can't."""
    try:
        return trial(grading, KERAS)
    except (SubmissionError, NotGradable):
        return None


def _texts(grading: Grading) -> tuple[Inputs, np.ndarray]:
    rng, sizes = grading.rng("keras devices", "texts"), drawn_sizes(grading, 2)
    return grading.inputs(rng, sizes, TEXTS, trains=True), rng.integers(0, sizes["num_classes"], TEXTS)


def _ordinary_run(grading: Grading) -> None:
    """The same training in the usual worker."""
    if _trial(grading) is not None:
        short_run(grading, KERAS)
    else:
        build(grading, KERAS, drawn_sizes(grading, 2)).fit(*_texts(grading), **SETTINGS)


def _torch_requests(grading: Grading) -> list[Request]:
    """What PyTorch code asks for when it is imported, builds, predicts and trains; what it raises others tell."""

    def look() -> list[Request]:
        module = grading.student.module(Framework.TORCH).another("simulated")
        sizes = drawn_sizes(grading, 2)
        rng = grading.rng("torch devices", "texts")
        token_ids = grading.inputs(rng, sizes, TEXTS, trains=True)
        labels = rng.integers(0, sizes["num_classes"], TEXTS)
        try:
            made = grading.build(module, sizes)
            for call in (
                lambda: made.predict_on_device(token_ids),
                lambda: made.fit_on_device(token_ids, labels, **SETTINGS),
            ):
                _attempt(call)
            return asked_for(module.take_trace())
        except SubmissionError:
            return []
        finally:
            module.end()

    found: list[Request] = grading.once(("torch device", "requests"), look)
    return found


def _attempt(call: Callable[[], object]) -> None:
    try:
        call()
    except SubmissionError:
        return


# -- what is said of it


def _judge(grading: Grading, seen: Seen, where: str, ordinary: Callable[[], object]) -> None:
    """Raise SubmissionError for what was asked for, or raised; ``ordinary`` does the same elsewhere, to compare."""
    if finding := hard_coded(where, seen.requests):
        raise SubmissionError(finding)
    if seen.error is None:
        return
    if seen.error.finding.misconception == NAMED:
        raise seen.error
    ordinary()  # raises RestsOn where it fails as well
    grading.recorder.staff_note(f"Keras on a second processor: {seen.error.finding.message}")
    raise NotGradable("This could not be tried on another device than the usual one.") from seen.error


def _all_there(seen: Seen, there: str, where: str) -> None:
    assert seen.model is not None  # there is one where nothing was raised  # noqa: S101 - for the type checker
    elsewhere = [
        f"{parameter.name} on {device}"
        for parameter, device in zip(seen.model.parameters, seen.placement, strict=False)
        if device != there
    ]
    if elsewhere:
        raise SubmissionError(
            Finding(
                f"{where} puts {len(elsewhere)} of {len(seen.placement)} weights on a device of its own choice.",
                expected=f"all on {there}, where the grader built the model",
                found=", ".join(elsewhere[:3]) + (", ..." if len(elsewhere) > 3 else ""),
                advice="Name no device, and use no strategy that does: Keras takes a GPU by itself.",
                misconception=NAMED,
            )
        )


def _differs(what: str, found: Floats, wanted: Floats) -> Finding:
    return Finding(
        f"{what} are others on another device." if what.startswith("The") else f"{what} is another on another device.",
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
        raise RestsOn(f"{error.finding.message} Mend that first (task 4).") from error


def _works(call: Callable[[], object], function: str, number: str) -> None:
    try:
        call()
    except SubmissionError as error:
        raise RestsOn(f"{function} doesn't work on the usual device: mend that first ({number}).") from error
