"""What Keras code does in a worker with a second processor in a GPU's place: looked at once, whatever comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograder.blueprint import Framework
from autograder.checking.device_requests import Request, asked_for
from autograder.checking.device_trial import device_module
from autograder.checking.grading import PROBES, Grading
from autograder.checking.models import build, drawn_model, drawn_sizes, must_answer
from autograder.checking.trial import BATCH, SEED, SHORT_EPOCHS, SHORT_RATE, TEXTS, Trial, short_run, trial
from autograder.checking.verdicts import NotGradable, RestsOn
from autograder.errors import SubmissionError
from autograder.student.model import Floats, Inputs, Model

KERAS = Framework.KERAS
DRAW = 2  # whose sizes are taken
SETTINGS: dict[str, Any] = {
    "epochs": SHORT_EPOCHS, "batch_size": BATCH, "learning_rate": SHORT_RATE, "seed": SEED,
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What calls of the student's code did on the device.

    Attributes:
        model: The one that they were about; None where something was raised.
        values: What came back: logits [n, num_classes], or losses [epochs].
        placement: The device of each weight, afterwards.
        requests: What the code asked for meanwhile.
        traced: Whether the model's graph could be looked at.
        error: What was raised.
    """

    model: Model | None = None
    values: Floats = field(default_factory=lambda: np.zeros(0))
    placement: tuple[str, ...] = ()
    requests: tuple[Request, ...] = ()
    traced: bool = False
    error: SubmissionError | None = None

    @property
    def spreads(self) -> bool:
        """Whether weights go where a strategy puts them that names no device."""
        return any(request.kind == "spreads" for request in self.requests)


def ordinary(grading: Grading) -> tuple[Model, Inputs]:
    """A model in the usual worker, under the weights that the one on the device gets as well, and inputs for it.

    Raises:
        RestsOn: It can't be called.
    """
    made = drawn_model(grading, KERAS, DRAW)
    inputs = grading.inputs(grading.rng("keras devices"), made.sizes, PROBES)
    must_answer(made, inputs)
    made.set_weights(grading.once(("keras device", "start"), made.weights))
    return made, inputs


def built(grading: Grading) -> Seen:
    """The module is imported, and a model built and called."""

    def look() -> Seen:
        usual, inputs = ordinary(grading)
        there = grading.build(device_module(grading, KERAS), usual.sizes)
        there.set_weights(usual.weights())
        return Seen(there, there.forward_on_device(inputs), tuple(there.placement()))

    seen: Seen = grading.once(
        ("keras device", "built"), lambda: _see(grading, look), good=lambda seen: seen.model is None or seen.model.alive
    )
    return seen


def predicted(grading: Grading) -> Seen:
    """That model predicts."""

    def look() -> Seen:
        there, (usual, inputs) = _usable(grading), ordinary(grading)
        there.set_weights(usual.weights())
        return Seen(there, there.predict_on_device(inputs)[0], tuple(there.placement()))

    seen: Seen = grading.once(("keras device", "predicted"), lambda: _see(grading, look))
    return seen


def fitted(grading: Grading) -> Seen:
    """A model is trained for a few steps: that of :func:`comparable`, or another where there is none."""

    def look() -> Seen:
        _usable(grading)
        b = comparable(grading)
        sizes, texts = _sizes_and_texts(grading)
        there = grading.build(device_module(grading, KERAS), sizes)
        if b is not None:
            there.set_weights(b.start)
        losses = there.fit_on_device(*texts, **SETTINGS).losses
        return Seen(there, losses, tuple(there.placement()))

    seen: Seen = grading.once(("keras device", "fitted"), lambda: _see(grading, look))
    return seen


def fit_in_usual_worker(grading: Grading) -> None:
    """The same training where there is no device. Raises whatever it does."""
    if comparable(grading) is not None:
        short_run(grading, KERAS)
        return
    sizes, texts = _sizes_and_texts(grading)
    build(grading, KERAS, sizes).fit(*texts, **SETTINGS)


def comparable(grading: Grading) -> Trial | None:
    """A model whose training can be compared; None where another check has found why it can't."""
    try:
        return trial(grading, KERAS)
    except (SubmissionError, NotGradable):
        return None


def _sizes_and_texts(grading: Grading) -> tuple[Mapping[str, Any], tuple[Inputs, np.ndarray]]:
    if (b := comparable(grading)) is not None:
        return b.model.sizes, (b.token_ids, b.labels)
    sizes = drawn_sizes(grading, DRAW)
    return sizes, some_texts(grading, sizes)


def some_texts(grading: Grading, sizes: Mapping[str, Any]) -> tuple[Inputs, np.ndarray]:
    """Token ids and labels to train on for a few steps."""
    rng = grading.rng("devices", "texts")
    return grading.inputs(rng, sizes, TEXTS, trains=True), rng.integers(0, sizes["num_classes"], TEXTS)


def _see(grading: Grading, look: Callable[[], Seen]) -> Seen:
    """Look, and add what was asked for meanwhile."""
    try:
        seen = look()
    except SubmissionError as error:
        seen = Seen(error=error)
    trace = _trace(grading)
    return replace(seen, requests=tuple(asked_for(trace)), traced=trace.get("traced") is True)


def _trace(grading: Grading) -> Mapping[str, Any]:
    try:
        return device_module(grading, KERAS).take_trace()
    except SubmissionError:  # the module can't be imported there
        return {}


def _usable(grading: Grading) -> Model:
    """The model on the device. Raises what building it there raised."""
    seen = built(grading)
    if seen.model is None:
        raise seen.error or RestsOn("The Keras model can't be built: mend that first.")
    return seen.model
