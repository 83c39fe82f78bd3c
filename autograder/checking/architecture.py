"""Task "the model": does it have the handout's parameters, and does it compute what the handout says?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograder.blueprint import (
    Blueprint,
    Framework,
    directional_derivative,
    fitting,
    matches,
)
from autograder.blueprint.diagnosis import explain_parameters
from autograder.blueprint.tables import parameter_table
from autograder.checking.grading import PROBES, Grading
from autograder.checking.identify import Identity, Probe
from autograder.checking.models import (
    DRAWS,
    answers,
    build,
    drawn_model,
    drawn_probe,
    handout_model,
    identity_of,
    judged_model,
)
from autograder.checking.table_rows import row_that_never_learns, with_each_word
from autograder.checking.unsteady import KEEPS_STATE, keeps_state, noise
from autograder.checking.verdicts import RestsOn
from autograder.errors import Finding, SubmissionError
from autograder.student.device_failures import NOT_REGISTERED
from autograder.student.model import Inputs, Model

USUAL_BATCHES = (1, 16, 32, 50, 64, 100, 128, 256)
SLOPE_TOLERANCE = 2e-3  # relative: float32 adds 1e-5, a kink within the step shifts one example's share


def builds(grading: Grading, framework: Framework) -> None:
    """Raise SubmissionError unless a model comes out at the handout's sizes and at drawn ones."""
    build(grading, framework, grading.sizes)
    for draw in range(DRAWS):
        drawn_model(grading, framework, draw)


def parameters(grading: Grading, framework: Framework) -> str:
    """Compare the parameters' shapes with the blueprint's, at the handout's sizes and at drawn ones.

    Returns:
        The count at the sizes that are trained, as a sentence: other data has another vocabulary than the handout's.

    Raises:
        SubmissionError: With the layer, the amount and its usual cause.
    """
    handout = handout_model(grading, framework)
    blueprint = grading.blueprint(handout.sizes, framework)
    grading.recorder.table(parameter_table(blueprint, framework, handout.parameters))
    if not _holds(blueprint, handout):
        raise SubmissionError(_other_parameters(grading, blueprint, handout))
    for draw in range(DRAWS):
        model = drawn_model(grading, framework, draw)
        if not _holds(drawn := grading.blueprint(model.sizes, framework), model):
            raise SubmissionError(_wrong_at_other_sizes(drawn, model))
    own, plain = fitting(blueprint, framework, handout.parameters).count(framework), blueprint.count(framework)
    grading.rank("parameters", framework, own)
    form = "" if own == plain else f" The handout's table has {plain:,}; written by hand as yours is, it is as right."
    return f"{own:,} parameters {_at(grading)}.{form}"


def _at(grading: Grading) -> str:
    """Which of the sizes are not the handout's, where data decides some."""
    if grading.assignment.data is None:
        return "at the handout's sizes"
    data = grading.data
    return f"for this data's vocabulary of {data.vocab_size:,} entries and its {data.num_classes} classes"


def _holds(blueprint: Blueprint, model: Model) -> bool:
    form = fitting(blueprint, model.framework, model.parameters)
    return next(matches(form, model.framework, model.parameters), None) is not None


def _other_parameters(grading: Grading, blueprint: Blueprint, model: Model) -> Finding:
    finding = explain_parameters(blueprint, model.framework, model.parameters)
    if model.unregistered and not finding.misconception:
        return replace(
            finding,
            advice=f"The layers in `self.{model.unregistered[0].partition('[')[0]}` are in a plain list or dict, where "
            "PyTorch finds none of their parameters: use nn.ModuleList or nn.ModuleDict.",
            misconception=NOT_REGISTERED,
        )
    several = "+" in finding.misconception  # made by one model, which the shapes alone don't prove
    identity = identity_of(grading, model.framework) if several or "|" in finding.misconception else None
    if identity is None:
        return explain_parameters(blueprint, model.framework, model.parameters, depth=1) if several else finding
    return replace(  # several mistakes have these parameters, and the outputs tell which it is
        finding,
        message=f"Your {model.framework.label} model {identity.says}. That gives it other parameters.",
        misconception="+".join(m.key for m in identity.misconceptions),
    )


def _wrong_at_other_sizes(blueprint: Blueprint, model: Model) -> Finding:
    """Right at the handout's sizes, and so none of the known mistakes, whose parameters these may be by chance."""
    finding = explain_parameters(blueprint, model.framework, model.parameters)
    sizes = ", ".join(f"{name}={value}" for name, value in model.sizes.items())
    return Finding(
        f"Your {model.framework.label} model has the right parameters at the handout's sizes, but not at others.",
        expected=f"{finding.expected} at {sizes}",
        found=finding.found,
        advice="Take every size from the arguments of build_model: no number of the handout's model may stand in your "
        "code, and nothing that is true of that one alone, such as square images.",
        misconception="sizes-hard-coded",
        details=finding.details,
    )


def logits(grading: Grading, framework: Framework) -> str:
    """Compare what the model computes with the oracle, at several sizes, under the grader's weights.

    Returns:
        The largest difference, as a sentence.

    Raises:
        SubmissionError: With the known mistake that the model agrees with, where there is one.
    """
    worst = 0.0
    for draw in range(DRAWS):
        try:
            probe = drawn_probe(grading, framework, draw)
        except SubmissionError as error:
            raise _not_callable(grading, framework, draw, error) from error
        if probe.identity is None or not probe.identity.right:
            raise _wrong_logits(grading, probe, framework)
        worst = max(worst, probe.difference)
    return f"Largest difference from the grader's own float64 forward pass: {worst:.1e}, at {DRAWS} sizes."


def _not_callable(grading: Grading, framework: Framework, draw: int, error: SubmissionError) -> SubmissionError:
    """Why the model stopped with this error, if nothing else explains it; or else the error, in its own words.

    Sizes and the number of texts are blamed only where the very same text, repeated, is refused as well: else it is
    what stands in the texts, such as their lengths in an order that packing refuses.
    """
    drawn = drawn_model(grading, framework, draw)
    if answers(drawn, _one_repeated(grading, drawn)):
        return error
    label, model = framework.label, build(grading, framework, grading.sizes)
    inputs = grading.inputs(grading.rng("callable"), model.sizes)
    if answers(model, inputs):
        return SubmissionError(
            Finding(
                f"Your {label} model can be called at the handout's sizes, but not at others.",
                found=error.finding.message,
                advice="Take every size from the arguments of build_model: no number of the handout's model may stand "
                "in your code.",
                misconception="sizes-hard-coded",
                details="\n".join(filter(None, [error.finding.found, error.finding.details])),
            )
        )
    number = 0 if answers(model, _one_repeated(grading, model)) else _only_batch(grading, model)
    if number:
        return SubmissionError(
            Finding(
                f"Your {label} model can be called with {number} texts at a time, but not with {PROBES}.",
                expected="a model for any number of texts",
                found=error.finding.message,
                advice="Take the number of texts from the batch itself: the last batch of an epoch has fewer, and "
                "predict has others. A recurrent layer begins with zeros by itself.",
                misconception="batch-size-hard-coded",
                details=error.finding.details,
            )
        )
    return error


def _one_repeated(grading: Grading, model: Model) -> Inputs:
    """As many inputs as a probe has, all of them the same one."""
    return np.repeat(grading.inputs(grading.rng("callable"), model.sizes, 1), PROBES, axis=0)


def _only_batch(grading: Grading, model: Model) -> int:
    """The usual size of a batch that the model insists on; 0 if there is none."""
    settings = grading.assignment.training
    usual = (settings.batch_size, *USUAL_BATCHES) if settings else ()
    rng = grading.rng("batches")
    return next((n for n in usual if answers(model, grading.inputs(rng, model.sizes, n))), 0)


def _wrong_logits(grading: Grading, probe: Probe, framework: Framework) -> SubmissionError:
    if probe.identity is not None:
        return SubmissionError(_named(probe.identity, framework))
    if not probe.comparable:
        return RestsOn("The parameters differ from the handout's, so its outputs can't be compared: mend those first.")
    if not probe.same_twice and keeps_state(grading, framework):
        return SubmissionError(KEEPS_STATE[framework])
    if not probe.same_twice:
        return SubmissionError(noise(grading, framework))
    return SubmissionError(_unnamed(probe, framework))


def _named(identity: Identity, framework: Framework) -> Finding:
    return Finding(
        f"Your {framework.label} model {identity.says}.",
        expected="the handout's model",
        found="your outputs match that other model exactly, under weights that the grader chose",
        misconception="+".join(m.key for m in identity.misconceptions),
    )


def _unnamed(probe: Probe, framework: Framework) -> Finding:
    assert probe.wanted is not None and probe.found is not None  # comparable  # noqa: S101, PT018 - for the type checker
    worst = np.unravel_index(np.abs(probe.wanted - probe.found).argmax(), probe.wanted.shape)
    return Finding(
        f"Under the same weights your {framework.label} model gives other outputs than the handout's model.",
        expected=f"{probe.wanted[worst]:.4f} for example {worst[0]}, class {worst[1]}",
        found=f"{probe.found[worst]:.4f}; the largest difference is {probe.difference:.2g}",
        advice="It matches none of the mistakes that we know. Go through the handout's table layer by layer, and "
        "print the shape of what comes out of each.",
    )


def gradients(grading: Grading, framework: Framework) -> str:
    """Compare the slope of the loss along each parameter with the oracle's finite difference.

    Raises:
        SubmissionError: A parameter gets no gradient, or another than the model's own.
    """
    model, identity = judged_model(grading, framework)
    rng = grading.rng("gradients", framework.value)
    inputs = with_each_word(rng, grading.inputs(rng, model.sizes, 24, trains=True), model)
    labels = rng.integers(0, model.sizes["num_classes"], len(inputs))
    if identity is not None:
        weights = identity.blueprint.random_weights(rng, framework)
        model.set_weights(identity.match.to_student(weights))
    else:  # with its own weights: those that were tried on it may be no variance, say
        model = build(grading, framework, model.sizes)
    if identity is None and not answers(model, inputs):
        raise RestsOn(
            f"The {framework.label} model gives no outputs to judge, and so no gradients: mend its outputs first."
        )
    state = _state(grading, model, identity)
    found = model.gradients(inputs, labels)
    of_each = [(p.name, g) for p, g in zip(model.parameters, found, strict=True) if p.index not in state]
    if odd := [name for name, g in of_each if not np.isfinite(g).all()]:
        raise SubmissionError(
            Finding(
                f"The gradient of {', '.join(odd)} is NaN or infinite: one step of training makes all weights NaN.",
                expected="a finite gradient for each parameter",
                found=f"one that isn't for {len(odd)} of {len(of_each)} parameters",
                advice="Look for a square root or a norm of 0, a logarithm of 0 or a division by 0 in the forward "
                "pass: its value may be hidden by a later `where` or maximum, but its gradient is not.",
                misconception="nan-gradient",
            )
        )
    idle = state if identity is None else _idle(identity, weights, (inputs, labels), rng)
    if dead := [p.name for p, g in zip(model.parameters, found, strict=True) if not g.any() and p.index not in idle]:
        raise SubmissionError(
            Finding(
                f"No gradient reaches {', '.join(dead)}: training can never change it.",
                expected="a gradient for each parameter",
                found=f"none for {len(dead)} of {len(of_each)} parameters",
                advice="Look for trainable=False or requires_grad=False, and for .detach(), .data, .numpy() or "
                "no_grad() in the forward pass.",
                misconception="frozen-embedding" if all(_is_embedding(model, name) for name in dead) else "no-gradient",
            )
        )
    if identity is None:
        raise RestsOn(
            "Each parameter gets a gradient, but what the model computes is not known: mend its outputs first."
        )
    trained = {p.name for p in identity.blueprint.parameters(framework) if p.trainable}
    slopes = {name: slope for name, slope in identity.match.from_student(found).items() if name in trained}
    possible = (
        identity.blueprint,
        identity.blueprint.without_softmax(),
    )  # Keras' loss looks through a softmax at the end
    worst = min(_largest_slope_error(b, weights, slopes, (inputs, labels), rng) for b in possible)
    if worst > SLOPE_TOLERANCE:
        raise SubmissionError(
            Finding(
                "The gradients are not those of the model's own loss.",
                found=f"a slope that is off by {100 * worst:.1f} %",
                advice="Look for .detach(), .data, no_grad() or stop_gradient on a part of the forward pass.",
                misconception="detached-part",
            )
        )
    if row := row_that_never_learns(identity, weights, slopes, (inputs, labels), rng):
        raise SubmissionError(row)
    return f"{len(of_each)} of {len(of_each)} parameters get the right gradient (largest relative error {worst:.0e})."


def _idle(
    identity: Identity, weights: dict[str, np.ndarray], texts: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> set[int]:
    """Places of the arrays on which this model's loss doesn't depend: state, or what a mistake left idle."""
    placed = {p.index: p.parameter for p in identity.match.placements}
    return {
        index
        for index, p in placed.items()
        if not p.trainable
        or not directional_derivative(identity.blueprint, weights, *texts, {p.name: rng.standard_normal(p.shape)})
    }


def _state(grading: Grading, model: Model, identity: Identity | None) -> set[int]:
    """Places of the arrays that no gradient ought to reach, such as moving means, by what the model is.

    Where that isn't known, buffers are state, and what the model itself says is not trained is taken for it as far as
    the handout's model has any.
    """
    if identity is not None:
        return {p.index for p in identity.match.placements if not p.parameter.trainable}
    truth = grading.blueprint(model.sizes, model.framework)
    sizes = {p.size for p in truth.parameters(model.framework) if not p.trainable}
    untrained = {p.index for p in model.parameters if not p.trainable and int(np.prod(p.shape)) in sizes}
    return untrained | {p.index for p in model.parameters if p.is_state}


def _largest_slope_error(
    blueprint: Blueprint,
    weights: dict[str, np.ndarray],
    slopes: dict[str, np.ndarray],
    texts: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
) -> float:
    return max(_slope_error(blueprint, weights, {name: slope}, texts, rng) for name, slope in slopes.items())


def _slope_error(
    blueprint: Blueprint,
    weights: dict[str, np.ndarray],
    gradient: dict[str, np.ndarray],
    texts: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
) -> float:
    """Relative error of one parameter's gradient, along the gradient itself with a random part."""
    ((name, slope),) = gradient.items()
    scale = float(np.abs(slope).max())
    direction = slope + 0.1 * scale * rng.standard_normal(slope.shape) * (slope != 0)
    wanted = directional_derivative(blueprint, weights, *texts, {name: direction})
    found = float((slope * direction).sum())
    return abs(found - wanted) / max(abs(wanted), 1e-12)


def _is_embedding(model: Model, name: str) -> bool:
    vocab_size = model.sizes.get("vocab_size")
    return any(p.name == name and vocab_size in p.shape for p in model.parameters)
