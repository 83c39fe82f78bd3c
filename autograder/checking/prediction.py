"""Task "the model", second half: what ``predict`` makes of it."""

from __future__ import annotations

import numpy as np

from autograder.blueprint import Framework, Layer, LogSoftmax, PerFramework, Softmax, Tolerance, Weights
from autograder.checking.grading import PROBES, Grading
from autograder.checking.identify import Identity
from autograder.checking.models import answers, build, drawn_model, identity_of
from autograder.checking.rows import other_rows
from autograder.checking.unsteady import KEEPS_STATE, keeps_state, noise, varies
from autograder.checking.verdicts import Partial, RestsOn
from autograder.errors import Finding, SubmissionError
from autograder.student.model import Floats, Inputs, Model

EXAMPLES = 300  # more than the batches that students tend to predict in
FOR_THE_NUMBERS = 0.5  # share of the points for right numbers in a form that nobody can go on with

_GRADIENT_KEPT = Finding(
    "predict returns a tensor that keeps its gradient; the handout asks for an array.",
    expected="a float32 NumPy array (a tensor without a gradient is taken for one)",
    found="a tensor with requires_grad: NumPy refuses it, and it keeps all that was computed on the way in memory",
    advice="Call the model within `with torch.no_grad():`, and return outputs.cpu().numpy().",
    misconception="gradients-kept",
)
IN_PREDICT = Finding(
    "predict gives something else each time that it is called: dropout is still on.",
    expected="the same outputs for the same inputs",
    found="outputs that vary from call to call, but not where dropout=0",
    advice="Call the model with training=False (Keras), or after model.eval() (PyTorch).",
    misconception="dropout-in-predict",
)
VARIES = Finding(
    "predict gives something else each time that it is called, where the model itself does not.",
    expected="the same outputs for the same inputs",
    found="outputs that vary from call to call, also where dropout=0",
    advice="Look for what predict draws at random, or keeps from call to call. Dropout has to be off, too.",
)


def predictions(grading: Grading, framework: Framework) -> None:
    """Raise SubmissionError unless ``predict`` gives the model's outputs, the same each time, alone or among others."""
    model, identity = _callable_model(grading, framework), identity_of(grading, framework)
    mixes = identity is not None and identity.blueprint.mixes_examples  # the model's mistake, and no fault of predict
    rng = grading.rng("predict", framework.value)
    inputs = grading.inputs(rng, model.sizes, PROBES if mixes else EXAMPLES)
    weights = {} if identity is None else identity.blueprint.random_weights(rng, framework)
    if identity is not None:
        model.set_weights(identity.match.to_student(weights))
    model.set_training(True)  # as it is after a training: predict has to switch dropout off by itself
    if not _moves_axes(model, inputs):
        raise SubmissionError(_AXES_NOT_MOVED[framework])
    found, again = model.predict(inputs), model.predict(inputs)
    if not Tolerance().agrees(found, again):
        raise SubmissionError(_varying(grading, model, inputs, (found, again)))
    _same_as_model(grading, model, inputs, found)
    if identity is not None and not mixes:
        _same_as_recomputed(identity, weights, inputs, found)
    if not mixes:
        _same_alone(model, inputs, found, known_wrong=identity is not None and not identity.right)
    if model.keeps_gradient(inputs[:1]):  # last, since the numbers are right
        raise Partial(FOR_THE_NUMBERS, _GRADIENT_KEPT)


_AXES_NOT_MOVED = {
    framework: Finding(
        f"Your {framework.label} model takes images with their channels first, and predict hands them on as they come.",
        expected="a predict for images [n, height, width, channels]",
        found="one that can be called with images [n, channels, height, width] alone",
        advice="The channels of the handout's images are last. Move them to the front, images.transpose(0, 3, 1, 2) or "
        "permute(0, 3, 1, 2), at the beginning of predict or of the forward pass.",
        misconception="channels-first-input",
    )
    for framework in Framework
}


def _moves_axes(model: Model, inputs: Inputs) -> bool:
    """Whether ``predict`` does what is left to it by a model that takes channels first; True of any other model."""
    if not model.channels_first or _predicts(model, inputs):
        return True
    return not _predicts(model, model.as_taken(inputs))


def _predicts(model: Model, inputs: Inputs) -> bool:
    try:
        model.predict(inputs)
    except SubmissionError:
        return False
    return True


def _varying(grading: Grading, model: Model, inputs: Inputs, found: tuple[Floats, Floats]) -> Finding:
    """What to say of a ``predict`` whose outputs vary: the rows first, since only their order may."""
    if keeps_state(grading, model.framework):
        return KEEPS_STATE[model.framework]
    if varies(model, inputs[:PROBES]):  # with or without predict: check 2.3 has said so
        return noise(grading, model.framework)
    logits = model.forward(inputs, training=False)
    if finding := other_rows(inputs, logits, *found):
        return finding
    return IN_PREDICT if _steady_without_dropout(grading, model, inputs) else VARIES


def _steady_without_dropout(grading: Grading, model: Model, inputs: Inputs) -> bool:
    """Whether ``predict`` gives the same each time for a model that was built with dropout=0."""
    other = build(grading, model.framework, {**model.sizes, "dropout": 0.0})
    other.set_training(True)
    return Tolerance().agrees(other.predict(inputs), other.predict(inputs))


def _callable_model(grading: Grading, framework: Framework) -> Model:
    """The student's model at drawn sizes; if it can't be called there, at the handout's.

    Raises:
        SubmissionError: There is no model, or (RestsOn) it can't be called at all.
    """
    model = drawn_model(grading, framework, 0)
    for at_sizes in (model, build(grading, framework, grading.sizes)):
        if answers(at_sizes, grading.inputs(grading.rng("callable"), at_sizes.sizes)):
            return at_sizes
    raise RestsOn(
        f"The {framework.label} model gives no outputs to judge, so predict can't be judged either: mend them first."
    )


def _same_as_model(grading: Grading, model: Model, inputs: np.ndarray, found: Floats) -> None:
    logits = model.forward(inputs, training=False)
    if Tolerance().agrees(found, logits):
        return
    if finding := other_rows(inputs, logits, found):
        raise SubmissionError(finding)
    end = grading.blueprint(model.sizes, model.framework).ends
    with np.errstate(divide="ignore"):  # an end that is wrong may give zeros
        raw = np.log(logits) if isinstance(end, Softmax) and (logits >= 0).all() else logits
    for layer in (Softmax(), LogSoftmax()):
        if Tolerance().agrees(found, layer.apply(raw)):
            name = "probabilities" if isinstance(layer, Softmax) else "log-probabilities"
            raise SubmissionError(
                Finding(
                    f"predict returns {name}; the handout asks for {_as_asked(end)}.",
                    advice="Return what the model gives, as it is.",
                    misconception="predict-returns-probabilities",
                )
            )
    raise SubmissionError(
        Finding(
            "predict doesn't return what the model gives.",
            found=f"a difference of up to {np.abs(found - logits).max():.2g} from a call of the model without dropout",
            advice="Return the model's outputs as they are, in the order of the inputs.",
        )
    )


def _same_as_recomputed(identity: Identity, weights: Weights, inputs: np.ndarray, found: Floats) -> None:
    """What the model gives is the worker's word; what its weights give, the grader computes itself."""
    if identity.gives(found, weights, inputs):
        return
    wanted = identity.blueprint.forward(weights, inputs)
    raise SubmissionError(
        Finding(
            "predict doesn't return what the model computes with its weights.",
            expected="the outputs that the grader computes from the model's weights, as it did for check 2.3",
            found=f"a difference of up to {np.abs(found - wanted).max():.2g}",
            advice="The same weights and inputs have to give the same outputs, however often they are asked.",
            misconception="predictions-from-elsewhere",
        )
    )


def _as_asked(end: Layer | PerFramework[Layer] | None) -> str:
    if isinstance(end, LogSoftmax):
        return "log-probabilities, which is what the model gives"
    return "probabilities, which is what the model gives" if isinstance(end, Softmax) else "raw logits"


def _same_alone(model: Model, inputs: np.ndarray, found: Floats, *, known_wrong: bool) -> None:
    alone = model.predict(inputs[-1:])
    if known_wrong and Tolerance().agrees(alone, model.forward(inputs[-1:], training=False)):
        return  # such as the mean over padding, of which a text has more among longer ones: the model's mistake
    if not Tolerance().agrees(alone, found[-1:]):
        raise SubmissionError(
            Finding(
                "predict gives an example another output when it comes alone than among others.",
                found=f"a difference of {np.abs(alone - found[-1:]).max():.2g}",
                advice="Each output may depend on its own input alone: look for a softmax, mean or maximum over "
                "the batch.",
                misconception="batch-dependent",
            )
        )


def mode_is_kept(grading: Grading, framework: Framework) -> None:
    """Raise SubmissionError unless ``predict`` leaves the model in the mode that it was in (PyTorch)."""
    model = _callable_model(grading, framework)
    inputs = grading.inputs(grading.rng("mode"), model.sizes)
    if not _moves_axes(model, inputs):  # which 2.1 charges
        inputs = model.as_taken(inputs)
    for training in (True, False):
        model.set_training(training)
        model.predict(inputs)
        if model.is_training() is not training:
            raise SubmissionError(
                Finding(
                    f"predict leaves the model in {'evaluation' if training else 'training'} mode.",
                    expected="the mode that it was in before",
                    found="a model whose dropout is then "
                    + ("off in the next training step" if training else "on in the next prediction"),
                    advice="Remember model.training first, and call model.train(was_training) at the end.",
                    misconception="predict-leaves-eval-mode" if training else "predict-leaves-train-mode",
                )
            )
