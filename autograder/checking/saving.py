"""Task "save and load": saved in one process, loaded in another that knows nothing of the first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.blueprint import Framework, StudentParameter, Tolerance
from autograder.checking.grading import Grading
from autograder.checking.identify import Identity, identify
from autograder.checking.models import build, drawn_sizes, identity_of, must_answer, must_be_registered
from autograder.checking.unloaded import not_loaded, other_sizes
from autograder.errors import Finding, SubmissionError
from autograder.student.folders import contents
from autograder.student.handle import Module
from autograder.student.model import Floats, Inputs, Model

Arrays = list[np.ndarray]
DRAW = 1  # of the drawn sizes
MANY_WORDS = 5000  # so many that the weights outweigh any description of the model by far
LEAST_SHARE = 0.4  # of the weights' bytes: half of them are written where someone saves float16
ROUNDED = 1e-2  # relative: what float16 and bfloat16 leave of a float32


@dataclass(frozen=True)
class RoundTrip:
    """A model before it was saved, and what came back.

    Attributes:
        state: Places of the arrays that training changes without gradients, such as moving means.
        strange: How what it computes differs from what its weights give; empty where it doesn't, or nobody knows.
    """

    saved: Arrays
    loaded: Arrays
    before: Floats
    after: Floats
    state: frozenset[int] = frozenset()
    strange: str = ""


def weights_survive(grading: Grading, framework: Framework) -> str:
    """Raise SubmissionError unless the loaded model has the very weights that the saved one had."""
    trip = round_trip(grading, framework)
    if all(np.array_equal(a, b) for a, b in zip(trip.saved, trip.loaded, strict=True)):
        return f"{len(trip.saved)} parameters came back bit for bit in a new process."
    different = {i for i, (a, b) in enumerate(zip(trip.saved, trip.loaded, strict=True)) if not np.array_equal(a, b)}
    if different <= trip.state:
        raise SubmissionError(
            Finding(
                "The loaded model has other moving means and variances than the saved one.",
                expected="the same state, bit for bit",
                found=f"{len(different)} of {len(trip.state)} arrays of state differ",
                advice="Predictions depend on what a normalization has averaged in training. In PyTorch the state_dict "
                "has these buffers, parameters() hasn't; in Keras weights has them, trainable_weights hasn't.",
                misconception="statistics-not-saved",
            )
        )
    if all(np.allclose(a, b, rtol=ROUNDED, atol=ROUNDED / 10) for a, b in zip(trip.saved, trip.loaded, strict=True)):
        raise SubmissionError(
            Finding(
                "The loaded weights are rounded.",
                expected="the same weights, bit for bit",
                found="weights that lost their last digits",
                advice="Save them as they are, in float32.",
                misconception="weights-rounded",
            )
        )
    raise SubmissionError(
        Finding(
            "The loaded model has other weights than the saved one.",
            expected="the same weights, bit for bit",
            found=f"{len(different)} of {len(trip.saved)} parameters differ",
            advice="load has to put the saved weights into the model that it builds: load_weights, load_state_dict.",
            misconception="load-returns-untrained",
        )
    )


def predictions_survive(grading: Grading, framework: Framework) -> str:
    """Raise SubmissionError unless the loaded model computes what the saved one did."""
    trip = round_trip(grading, framework)
    if not Tolerance(1e-6, 1e-6).agrees(trip.after, trip.before):
        must_be_registered(grading, framework)
        raise SubmissionError(
            Finding(
                "The loaded model computes other logits than the saved one.",
                found=f"a difference of up to {np.abs(trip.after - trip.before).max():.2g}",
                advice="Save everything that the model depends on, its sizes included.",
            )
        )
    if trip.strange:  # though both processes say the same
        raise SubmissionError(
            Finding(
                "Neither the saved model nor the loaded one computes what its weights give.",
                expected="the logits that the grader computes from the weights, as it did for check 2.3",
                found=trip.strange,
                advice="The same weights and inputs have to give the same outputs, whatever the sizes are.",
                misconception="predictions-from-elsewhere",
            )
        )
    return "The loaded model gives the same logits."


def round_trip(grading: Grading, framework: Framework) -> RoundTrip:
    """Save a model and load it in a new process, once.

    Raises:
        SubmissionError: There is no file to speak of, or no model comes back.
    """
    made: RoundTrip = grading.once(("round trip", framework), lambda: _travel(grading, framework))
    return made


def _travel(grading: Grading, framework: Framework) -> RoundTrip:
    rng = grading.rng("saving", framework.value)
    drawn = drawn_sizes(grading, DRAW)
    sizes = {**drawn, "vocab_size": drawn["vocab_size"] + MANY_WORDS}
    model = build(grading, framework, sizes)
    keeps_state = grading.blueprint(sizes).has_state
    state = frozenset(p.index for p in model.parameters if keeps_state and not p.trainable)
    token_ids = grading.inputs(rng, sizes)
    twin = build(grading, framework, sizes)  # to be asked in the place of the saved one, which may remember a call
    must_answer(twin, token_ids)
    identity = identify(grading, twin, "saving").identity
    saved, wanted = _weights(model, identity, token_ids, rng)
    model.set_weights(saved)
    before = must_answer(model, token_ids)
    folder = model.save()
    _something_in(folder, saved)
    other = model.module.another()
    try:
        loaded = _loaded(grading, other, folder, model, token_ids[:1])
        after = loaded.forward(token_ids, training=False)
        strange = _strange(after, wanted) if identity else _strange_at_size(grading, framework)
        return RoundTrip(saved, loaded.weights(), before, after, state, strange)
    finally:
        other.end()


def _weights(
    model: Model, identity: Identity | None, inputs: Inputs, rng: np.random.Generator
) -> tuple[Arrays, Floats | None]:
    """Weights to save, and what they give; None where nobody knows, or where one text's output rests on another."""
    if identity is None or identity.blueprint.mixes_examples:
        return [_drawn(rng, p) for p in model.parameters], None
    weights = identity.blueprint.random_weights(rng, model.framework)
    return list(identity.match.to_student(weights)), identity.blueprint.forward(weights, inputs)


def _strange(found: Floats, wanted: Floats | None) -> str:
    if wanted is None or Tolerance().agrees(found, wanted):
        return ""
    return f"a difference of up to {np.abs(found - wanted).max():.2g}"


def _strange_at_size(grading: Grading, framework: Framework) -> str:
    """Of a model that isn't known: it is strange where it is known, and right, with fewer words."""
    shown = identity_of(grading, framework, DRAW)
    if shown is None or not shown.right:
        return ""
    return "outputs that fit no known model, though with fewer words they fit the handout's"


def _drawn(rng: np.random.Generator, parameter: StudentParameter) -> np.ndarray:
    """Random numbers for an array; positive ones for state, which may be a variance."""
    numbers = 0.5 * rng.standard_normal(parameter.shape)
    return (numbers if parameter.trainable else np.abs(numbers) + 0.1).astype(np.float32)


def _something_in(folder: Path, saved: Arrays) -> None:
    """Whether the folder can hold the weights at all, by the size of its files."""
    found = contents(folder)
    needed = sum(array.nbytes for array in saved)
    if not found.names:
        raise SubmissionError(
            Finding(
                "save leaves nothing in the folder that it was given.",
                advice="Write below `path`, as in Path(path) / 'weights.pt', not into the working directory.",
                misconception="saves-in-working-directory",
            )
        )
    if found.size < LEAST_SHARE * needed:
        raise SubmissionError(
            Finding(
                "save doesn't save the weights.",
                expected=f"{needed:,} bytes, for {needed // 4:,} parameters",
                found=f"{found.size:,} bytes in {', '.join(found.names)}",
                advice="The architecture alone is not the model: save its weights (save_weights, state_dict) as well.",
                misconception="weights-not-saved",
            )
        )


def _loaded(grading: Grading, other: Module, folder: Path, model: Model, example: Inputs) -> Model:
    try:
        loaded = other.load(folder, model.sizes, example=example)
    except SubmissionError as error:
        raise SubmissionError(not_loaded(grading, error.finding, other, folder, model, example)) from error
    if [p.shape for p in loaded.parameters] != [p.shape for p in model.parameters]:
        found = ", ".join(str(list(p.shape)) for p in loaded.parameters)
        raise SubmissionError(other_sizes(found, model))
    return loaded
