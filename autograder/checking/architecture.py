"""Task "the model": does it have the handout's parameters, and does it compute what the handout says?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograder.blueprint import (
    Blueprint,
    Framework,
    LogSoftmax,
    PerFramework,
    Tolerance,
    Uniform,
    Weights,
    directional_derivative,
    fitting,
    matches,
)
from autograder.blueprint.diagnosis import explain_parameters
from autograder.blueprint.tables import parameter_table
from autograder.checking.grading import Grading
from autograder.checking.identify import Identity, Probe
from autograder.checking.models import DRAWS, build, drawn_model, drawn_probe, drawn_sizes
from autograder.checking.verdicts import RestsOn
from autograder.errors import Finding, SubmissionError
from autograder.student.handle import Floats, Model

SLOPE_TOLERANCE = 2e-3  # relative: float32 adds 1e-5, a kink within the step shifts one example's share


def builds(grading: Grading, framework: Framework) -> None:
    """Raise SubmissionError unless a model comes out at the handout's sizes and at drawn ones."""
    build(grading, framework, grading.sizes)
    for draw in range(DRAWS):
        drawn_model(grading, framework, draw)


def parameters(grading: Grading, framework: Framework) -> str:
    """Compare the parameters' shapes with the blueprint's, at the handout's sizes and at drawn ones.

    Returns:
        The count at the handout's sizes, as a sentence.

    Raises:
        SubmissionError: With the layer, the amount and its usual cause.
    """
    handout = build(grading, framework, grading.sizes)
    blueprint = grading.blueprint(handout.sizes, framework)
    grading.recorder.table(parameter_table(blueprint, framework, handout.parameters))
    for model in (handout, *(drawn_model(grading, framework, draw) for draw in range(DRAWS))):
        _parameters_of(model, grading.blueprint(model.sizes, framework))
    return f"{blueprint.count(framework):,} parameters at the handout's sizes."


def _parameters_of(model: Model, blueprint: Blueprint) -> None:
    form = fitting(blueprint, model.framework, model.parameters)
    if next(matches(form, model.framework, model.parameters), None) is None:
        raise SubmissionError(explain_parameters(blueprint, model.framework, model.parameters))


def logits(grading: Grading, framework: Framework) -> str:
    """Compare what the model computes with the oracle, at several sizes, under the grader's weights.

    Returns:
        The largest difference, as a sentence.

    Raises:
        SubmissionError: With the known mistake that the model agrees with, where there is one.
    """
    worst = 0.0
    for draw in range(DRAWS):
        probe = drawn_probe(grading, framework, draw)
        if probe.identity is None or not probe.identity.right:
            raise _wrong_logits(probe, framework)
        worst = max(worst, probe.difference)
    return f"Largest difference from the grader's own float64 forward pass: {worst:.1e}, at {DRAWS} sizes."


def _wrong_logits(probe: Probe, framework: Framework) -> SubmissionError:
    if probe.identity is not None:
        return SubmissionError(_named(probe.identity, framework))
    if not probe.comparable:
        return RestsOn("The parameters differ from the handout's, so logits can't be compared: mend check 2.2 first.")
    if not probe.same_twice:
        return SubmissionError(
            Finding(
                "The model gives other logits each time that it is called for prediction.",
                expected="dropout off when training=False (Keras) or after model.eval() (PyTorch)",
                found="something random stays on",
                advice="Use the framework's Dropout layer, and don't pass training=True inside the model.",
                misconception="dropout-in-predict",
            )
        )
    return SubmissionError(_unnamed(probe, framework))


def _named(identity: Identity, framework: Framework) -> Finding:
    return Finding(
        f"Your {framework.label} model {identity.says}.",
        expected="the handout's model",
        found="your logits match that other model exactly, under weights that the grader chose",
        misconception="+".join(m.key for m in identity.misconceptions),
    )


def _unnamed(probe: Probe, framework: Framework) -> Finding:
    assert probe.wanted is not None and probe.found is not None  # comparable  # noqa: S101, PT018 - for the type checker
    worst = np.unravel_index(np.abs(probe.wanted - probe.found).argmax(), probe.wanted.shape)
    return Finding(
        f"Under the same weights your {framework.label} model gives other logits than the handout's model.",
        expected=f"{probe.wanted[worst]:.4f} for text {worst[0]}, class {worst[1]}",
        found=f"{probe.found[worst]:.4f}; the largest difference is {probe.difference:.2g}",
        advice="It matches none of the mistakes that we know. Go through the handout's table layer by layer, and "
        "compute a text of three words by hand.",
    )


def identity_of(grading: Grading, framework: Framework) -> Identity | None:
    """What the student's model is, from the probes; None when that is not known."""
    try:
        return drawn_probe(grading, framework, 0).identity
    except SubmissionError:
        return None


def twins(grading: Grading) -> str:
    """Compare the two models with each other, under the same weights on the same texts.

    Returns:
        The largest difference, as a sentence.

    Raises:
        SubmissionError: They differ; it says which of them agrees with the handout.
    """
    identities = {framework: identity_of(grading, framework) for framework in Framework}
    if unknown := [f.label for f, identity in identities.items() if identity is None]:
        raise RestsOn(f"The {' and the '.join(unknown)} model can't be compared with its twin: mend 2.1 to 2.3 first.")
    sizes = drawn_sizes(grading, 0)
    inputs = grading.inputs(grading.rng("twins"), sizes)
    found = {}
    for framework, identity in identities.items():
        assert identity is not None  # the unknown were turned away above  # noqa: S101 - for the type checker
        model = drawn_model(grading, framework, 0)
        model.set_weights(identity.match.to_student(_shared_weights(grading, identity, framework)))
        found[framework] = as_probabilities(grading, model, model.forward(inputs, training=False))
    keras, torch = found[Framework.KERAS], found[Framework.TORCH]
    if not Tolerance().agrees(keras, torch):
        wrong = [f.label for f, i in identities.items() if i is None or not i.right]
        raise SubmissionError(
            Finding(
                "Under the same weights your two models give different logits.",
                expected="at most 1e-4 between them",
                found=f"a difference of up to {np.abs(keras - torch).max():.2g}",
                advice=f"The one that differs from the handout is in {' and '.join(wrong)}: see check 2.3.",
            )
        )
    return f"Largest difference between the twins: {np.abs(keras - torch).max():.1e}."


def _shared_weights(grading: Grading, identity: Identity, framework: Framework) -> Weights:
    """Weights that mean the same in both frameworks (an LSTM has one bias in Keras, two in PyTorch)."""
    plain = grading.blueprint(drawn_sizes(grading, 0))
    weights = plain.random_weights(grading.rng("twins' weights"), Framework.KERAS)
    if identity.right or identity.holds_weights_of(plain):
        return identity.blueprint.carry_over(weights, framework)
    return identity.blueprint.random_weights(grading.rng("twins' weights"), framework)


def as_probabilities(grading: Grading, model: Model, found: Floats) -> Floats:
    """Outputs that the handout wants to be different in the two frameworks, in one form; others as they are."""
    ends = grading.blueprint(model.sizes).ends
    if not isinstance(ends, PerFramework):
        return found
    return np.exp(found) if isinstance(ends.of(model.framework), LogSoftmax) else found


def initial_weights(grading: Grading, framework: Framework) -> str:
    """Compare how the model's weights are drawn with the initialisers that the handout prescribes.

    Only a prescribed range counts (other layers start as each framework starts them). A uniform array of m numbers has
    its deviation within 5 standard errors, 0.45 / sqrt(m) of it each.

    Raises:
        SubmissionError: A parameter starts outside the range, or not spread over it.
    """
    model = build(grading, framework, grading.sizes, seed=3)
    blueprint = fitting(grading.blueprint(model.sizes, framework), framework, model.parameters)
    match = next(matches(blueprint, framework, model.parameters), None)
    if match is None:
        raise RestsOn("The parameters differ from the handout's (check 2.2), so their start can't be judged.")
    start = match.from_student(model.weights())
    for parameter in blueprint.parameters(framework):
        if isinstance(parameter.initializer, Uniform):
            _starts_uniform(start[parameter.name], parameter.initializer.limit, parameter.layer)
    return "The prescribed initial weights are as in the handout."


def _starts_uniform(array: np.ndarray, limit: float, layer: str) -> None:
    spread, wanted = float(array.std()), limit / np.sqrt(3)
    inside = float(np.abs(array).max()) <= limit * (1 + 1e-6)
    if not inside or abs(spread / wanted - 1) > 0.02 + 2.3 / np.sqrt(array.size):
        raise SubmissionError(
            Finding(
                f"The {layer} doesn't start as the handout says.",
                expected=f"drawn uniformly from -{limit:g} to {limit:g} (standard deviation {wanted:.3f})",
                found=f"numbers from {array.min():.2f} to {array.max():.2f} (standard deviation {spread:.3f})",
                advice="The frameworks' defaults differ, so the handout prescribes one: nn.init.uniform_ in PyTorch, "
                "embeddings_initializer in Keras.",
                misconception=f"{layer}-initializer",
            )
        )


def gradients(grading: Grading, framework: Framework) -> str:
    """Compare the slope of the loss along each parameter with the oracle's finite difference.

    Raises:
        SubmissionError: A parameter gets no gradient, or another than the model's own.
    """
    model = drawn_model(grading, framework, 0)
    identity = identity_of(grading, framework)
    rng = grading.rng("gradients", framework.value)
    inputs = grading.inputs(rng, model.sizes, 24)
    labels = rng.integers(0, model.sizes["num_classes"], len(inputs))
    if identity is not None:
        weights = identity.blueprint.random_weights(rng, framework)
        model.set_weights(identity.match.to_student(weights))
    found = model.gradients(inputs, labels)
    if dead := [p.name for p, g in zip(model.parameters, found, strict=True) if np.isnan(g).any() or not g.any()]:
        raise SubmissionError(
            Finding(
                f"No gradient reaches {', '.join(dead)}: training can never change it.",
                expected="a gradient for each parameter",
                found=f"none for {len(dead)} of {len(found)} parameters",
                advice="Look for trainable=False or requires_grad=False, and for .detach(), .data, .numpy() or "
                "no_grad() in the forward pass.",
                misconception="frozen-embedding" if all(_is_embedding(model, name) for name in dead) else "no-gradient",
            )
        )
    if identity is None:
        raise RestsOn("Each parameter gets a gradient, but what the model computes is not known: mend 2.3 first.")
    slopes = identity.match.from_student(found)
    bare = replace(grading.blueprint(model.sizes, framework), ends=None)
    possible = [identity.blueprint]
    if bare != identity.blueprint and identity.holds_weights_of(bare):  # Keras' loss looks through a softmax at the end
        possible.append(bare)
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
    return f"{len(found)} of {len(found)} parameters get the right gradient (largest relative error {worst:.0e})."


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
