"""Both twins and the oracle under the same weights on the same inputs: how far apart are they, two by two?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograder.blueprint import (
    Blueprint,
    Framework,
    LogSoftmax,
    Match,
    PerFramework,
    Tolerance,
    Weights,
    fitting,
    matches,
)
from autograder.checking.grading import Grading
from autograder.checking.identify import Identity, Probe
from autograder.checking.models import drawn_model, drawn_probe, drawn_sizes
from autograder.errors import InternalError, SubmissionError
from autograder.report import Gap
from autograder.student.model import Floats, Inputs, Model

ORACLE = "oracle"


@dataclass(frozen=True)
class Twin:
    """One of the two models, at sizes that were drawn.

    Attributes:
        model, form, match: The model, the blueprint whose weights it takes, and where they belong; None where no
            weights can be put in.
        identity: What it turned out to be; None where that isn't known.
        reason: Why it can't be compared; empty if it can.
    """

    framework: Framework
    model: Model | None = None
    form: Blueprint | None = None
    match: Match | None = None
    identity: Identity | None = None
    reason: str = ""

    @property
    def right(self) -> bool:
        return self.identity is not None and self.identity.right


@dataclass(frozen=True)
class _Answer:
    """Outputs in the form that the twins share, or why there are none; ``reason`` may also qualify them."""

    outputs: Floats | None
    reason: str = ""


def twin(grading: Grading, framework: Framework) -> Twin:
    """The student's model of one framework, as far as it can be compared."""
    found = Twin(framework)
    try:
        probe, model = drawn_probe(grading, framework, 0), drawn_model(grading, framework, 0)
    except SubmissionError as error:
        return replace(found, reason=f"The {framework.label} model stopped: {error.finding.message}")
    if probe.identity is not None:
        identity = probe.identity
        return replace(found, model=model, form=identity.blueprint, match=identity.match, identity=identity)
    if reason := _incomparable(probe):
        return replace(found, reason=f"The {framework.label} model {reason}.")
    form = fitting(grading.blueprint(model.sizes, framework), framework, model.parameters)
    return replace(found, model=model, form=form, match=next(matches(form, framework, model.parameters)))


def _incomparable(probe: Probe) -> str:
    """Why a model of which nothing is known can't be compared; empty if it takes the handout's weights."""
    if not probe.comparable:
        return "has other parameters than the handout's, so it can't hold the same weights"
    return "" if probe.same_twice else "gives other outputs each time that it is called"


def gaps(grading: Grading, twins: Sequence[Twin]) -> tuple[Gap, ...]:
    """Keras and the oracle, PyTorch and the oracle, Keras and PyTorch.

    Where only the weights of a wrong model fit both twins, the last is taken under those.
    """
    sizes = drawn_sizes(grading, 0)
    inputs, plain = grading.inputs(grading.rng("twins"), sizes), grading.blueprint(sizes)
    shared = _drawn(grading, plain)
    answers = [_answer(plain, one, shared, inputs) for one in twins]
    oracles = [_Answer(_oracle(plain, one.framework, shared, inputs)) for one in twins]
    found = [_gap(t.framework, ORACLE, a, o) for t, a, o in zip(twins, answers, oracles, strict=True)]
    if any(answer.outputs is None for answer in answers) and (wrong := _same_mistake(twins)):
        answers = [_answer(wrong, one, _drawn(grading, wrong), inputs) for one in twins]
    keras, torch = answers
    if keras.outputs is not None and all(one.right for one in twins):
        keras = replace(keras, outputs=keras.outputs - _by_design(plain, shared, inputs))
    return *found, _gap(Framework.KERAS, Framework.TORCH, keras, torch)


def _drawn(grading: Grading, blueprint: Blueprint) -> Weights:
    """Weights that mean the same in both frameworks, once they are carried over (an LSTM has one bias, or two)."""
    return blueprint.random_weights(grading.rng("twins' weights"), Framework.KERAS)


def _same_mistake(twins: Sequence[Twin]) -> Blueprint | None:
    """The wrong model that both twins are."""
    keras, torch = (one.identity for one in twins)
    return keras.blueprint if keras and torch and keras.misconceptions == torch.misconceptions else None


def _answer(blueprint: Blueprint, one: Twin, weights: Weights, inputs: Inputs) -> _Answer:
    """What a twin gives under a blueprint's weights."""
    if one.model is None or one.form is None or one.match is None:
        return _Answer(None, one.reason)
    label = one.framework.label
    try:
        carried = one.form.carry_over(weights, one.framework)
        one.model.set_weights(one.match.to_student(carried))
        outputs = one.model.forward(inputs, training=False)
    except InternalError:  # it is another model
        says = f" ({one.identity.says})" if one.identity else ""
        return _Answer(None, f"The {label} model has other parameters, so it can't hold the same weights{says}.")
    except SubmissionError as error:
        return _Answer(None, f"The {label} model stopped: {error.finding.message}")
    return _Answer(in_shared_form(blueprint, one.framework, outputs), _lacking(blueprint, one))


def _lacking(blueprint: Blueprint, one: Twin) -> str:
    """What the comparison went without; another form of the same weights, such as one bias for two, lacks nothing."""
    if one.identity is None or one.right:
        return ""
    held = [(p.name, len(p.shape)) for p in one.identity.blueprint.parameters(one.framework)]
    lacking = [
        p.name
        for p in blueprint.parameters(one.framework)
        if not any(name.startswith(f"{p.layer}.") and axes == len(p.shape) for name, axes in held)
    ]
    return f"Without {', '.join(lacking)}, which the {one.framework.label} model lacks." if lacking else ""


def _oracle(blueprint: Blueprint, framework: Framework, weights: Weights, inputs: Inputs) -> Floats:
    concrete = blueprint.of(framework)
    return in_shared_form(blueprint, framework, concrete.forward(concrete.carry_over(weights, framework), inputs))


def _by_design(blueprint: Blueprint, weights: Weights, inputs: Inputs) -> Floats | float:
    """What the handout's Keras model gives less what its PyTorch model gives: not zero where a default differs."""
    if not differ_by_design(blueprint):
        return 0.0
    keras, torch = (_oracle(blueprint, framework, weights, inputs) for framework in Framework)
    return keras - torch


def differ_by_design(blueprint: Blueprint) -> bool:
    """Whether the handout's twins differ before their ends, as by the epsilon of a normalization."""
    keras, torch = (blueprint.of(framework).model for framework in Framework)
    return keras != torch


def _gap(one: str, other: str, a: _Answer, b: _Answer) -> Gap:
    why = " ".join(dict.fromkeys(answer.reason for answer in (a, b) if answer.reason))
    if a.outputs is None or b.outputs is None:
        return Gap(str(one), str(other), why=why)
    if a.outputs.shape != b.outputs.shape:
        return Gap(str(one), str(other), why=f"The outputs have the shapes {a.outputs.shape} and {b.outputs.shape}.")
    with np.errstate(invalid="ignore"):  # a wrong model may give anything
        difference = float(np.abs(a.outputs - b.outputs).max())
    if not np.isfinite(difference):
        return Gap(str(one), str(other), why="The outputs are not finite numbers.")
    return Gap(str(one), str(other), difference, Tolerance().agrees(a.outputs, b.outputs), why)


def in_shared_form(blueprint: Blueprint, framework: Framework, outputs: Floats) -> Floats:
    """Outputs that the handout wants to be different in the two frameworks, in one form; others as they are."""
    ends = blueprint.ends
    if not (isinstance(ends, PerFramework) and isinstance(ends.of(framework), LogSoftmax)):
        return outputs
    with np.errstate(over="ignore"):  # a model that ends in something else may give anything
        probabilities: Floats = np.exp(outputs)
    return probabilities
