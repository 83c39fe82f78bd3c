"""Which model did the student build? Weights go in, logits come out, and the blueprint that agrees is the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from autograder.blueprint import (
    Blueprint,
    Match,
    Misconception,
    Tolerance,
    Weights,
    explain_any,
    fitting,
    gives,
    matches,
)
from autograder.checking.grading import Grading
from autograder.student.model import Floats, Inputs, Model

ROUNDINGS = 10  # steps of float32 in the weights; measured is 0.7 at most
MOST_CANDIDATES = 48  # orders of equal-shaped parameters to try: 4! of four biases, twice
MOST_READINGS = 6  # of a model whose parameters are those of a known mistake
MOST_TABLES = 8  # of parameters that fit such a model, each as far as these readings


@dataclass(frozen=True)
class Identity:
    """What a model turned out to be.

    Attributes:
        blueprint: The blueprint that it computes: the handout's, or the handout's with known mistakes.
        misconceptions: Those mistakes; empty for the handout's own model.
        match: Where each of its parameters belongs. It holds for these sizes: with other kernel sizes, other names.
    """

    blueprint: Blueprint
    misconceptions: tuple[Misconception, ...]
    match: Match

    @property
    def right(self) -> bool:
        return not self.misconceptions

    def gives(self, found: Floats, weights: Weights, inputs: Inputs) -> bool:
        """Whether outputs in float32 are those of this model under these weights.

        A wrong model may be such that rounding moves its outputs far (a recurrent layer whose state grows): it may be
        off by several times what the smallest steps of float32, in the weights, make of it.
        """
        wanted = self.blueprint.forward(weights, inputs)
        if self.right or Tolerance().agrees(found, wanted):
            return Tolerance().agrees(found, wanted)
        step, rng = np.finfo(np.float32).eps, np.random.default_rng(0)
        moved = {name: array * (1 + step * rng.standard_normal(array.shape)) for name, array in weights.items()}
        rounding = float(np.abs(self.blueprint.forward(moved, inputs) - wanted).max())
        return Tolerance(atol=Tolerance.atol + ROUNDINGS * rounding).agrees(found, wanted)

    def shares_parameters_with(self, truth: Blueprint) -> bool:
        """Whether this is a wrong model with the very parameters of the right one."""
        return not self.right and self.holds_weights_of(truth)

    def holds_weights_of(self, other: Blueprint) -> bool:
        """Whether the model has the very parameters of another one."""
        framework = self.match.framework
        return other.has_table({p.name: p.shape for p in self.blueprint.parameters(framework)}, framework)

    @property
    def says(self) -> str:
        return "; it also ".join(m.says for m in self.misconceptions)


@dataclass(frozen=True)
class Probe:
    """A model under random weights.

    Attributes:
        identity: What it is; None when no blueprint agrees.
        comparable: Whether its parameters can hold the handout's weights at all.
        wanted, found: Logits of the oracle and of the model, float64 [n, num_classes]; None where not comparable.
        inputs: What they were computed from.
        same_twice: Whether two calls without dropout gave the same logits.
    """

    identity: Identity | None
    comparable: bool
    wanted: Floats | None = None
    found: Floats | None = None
    inputs: Inputs | None = None
    same_twice: bool = True

    @property
    def difference(self) -> float:
        """Largest absolute difference of logits; infinity where they can't be compared."""
        if self.wanted is None or self.found is None:
            return float("inf")
        return float(np.abs(self.wanted - self.found).max())


def identify(grading: Grading, model: Model, purpose: str) -> Probe:
    """Find out what the model computes.

    Candidates for the order of its parameters are tried until the oracle agrees; if it never does, the known mistakes
    are computed, each once, and compared with all that the model answered. So the model is asked MOST_CANDIDATES times
    at most, or MOST_TABLES * MOST_READINGS times, however many mistakes there are. Raises SubmissionError when the
    student's code fails on the way. The model's weights are other ones afterwards.
    """
    rng = grading.rng("identify", purpose, model.framework.value)
    truth = fitting(grading.blueprint(model.sizes, model.framework), model.framework, model.parameters)
    inputs = grading.inputs(rng, model.sizes)
    weights = truth.random_weights(rng, model.framework)
    tries: list[tuple[Match, Probe]] = []
    for match in _candidates(truth, model):
        probe = _try(truth, match, model, weights, inputs, first=not tries)
        if probe.identity is not None or not probe.same_twice:
            return probe
        tries.append((match, probe))
    if not tries:
        return _altered(truth, model, inputs, rng)
    return _with_mistakes(truth, weights, tries)


def _candidates(blueprint: Blueprint, model: Model) -> Iterator[Match]:
    return islice(matches(blueprint, model.framework, model.parameters), MOST_CANDIDATES)


def _try(blueprint: Blueprint, match: Match, model: Model, weights: Weights, inputs: Inputs, *, first: bool) -> Probe:
    """The model under one reading. Whether it says the same twice is asked of the first one, and of the right one."""
    model.set_weights(match.to_student(weights))
    found = model.forward(inputs, training=False, seed=1)
    wanted = blueprint.forward(weights, inputs)
    tolerance = Tolerance()
    agrees = tolerance.agrees(found, wanted)
    same_twice = not (first or agrees) or tolerance.agrees(found, model.forward(inputs, training=False, seed=2))
    right = same_twice and agrees
    return Probe(Identity(blueprint, (), match) if right else None, True, wanted, found, inputs, same_twice)


def _with_mistakes(blueprint: Blueprint, weights: Weights, tries: Sequence[tuple[Match, Probe]]) -> Probe:
    """The probe that a known mistake explains, with that mistake; the first as it is, where none does.

    A model that is as right in another form, such as gates in another order, is compared with that form.
    """
    (match, probe), inputs = tries[0], tries[0][1].inputs
    assert inputs is not None  # comparable  # noqa: S101 - for the type checker
    answers = [tried.found for _, tried in tries if tried.found is not None]
    explained = explain_any(blueprint, match.framework, weights, inputs, answers, Tolerance())
    if explained is None:
        return probe
    place, variant = explained
    match, probe = tries[place]
    wanted = probe.wanted if variant.misconceptions else variant.blueprint.forward(weights, inputs)
    return replace(probe, identity=Identity(variant.blueprint, variant.misconceptions, match), wanted=wanted)


@dataclass(frozen=True)
class _Asked:
    """What a model answered under each reading of its arrays as one table of parameters."""

    weights: Weights
    readings: tuple[Match, ...] = ()
    answers: tuple[Floats, ...] = ()


def _altered(truth: Blueprint, model: Model, inputs: Inputs, rng: np.random.Generator) -> Probe:
    """The model can't hold the handout's weights: is it a known mistake that has other parameters?

    Hundreds of mistakes may have the same parameters. The model is asked once for all of them.
    """
    asked: dict[object, _Asked] = {}
    for variant in truth.variants():
        wrong = variant.blueprint
        if wrong.count(model.framework) == truth.count(model.framework):
            continue
        table = tuple((p.name, p.shape, p.blocks.get(model.framework)) for p in wrong.parameters(model.framework))
        if table not in asked:
            spent = sum(1 for one in asked.values() if one.readings) >= MOST_TABLES
            asked[table] = _Asked({}) if spent else _ask(wrong, model, inputs, rng)
        one = asked[table]
        place = gives(wrong, one.weights, inputs, one.answers, Tolerance()) if one.answers else None
        if place is not None:
            return Probe(Identity(wrong, variant.misconceptions, one.readings[place]), False)
    return Probe(None, False)


def _ask(wrong: Blueprint, model: Model, inputs: Inputs, rng: np.random.Generator) -> _Asked:
    readings = tuple(islice(matches(wrong, model.framework, model.parameters), MOST_READINGS))
    if not readings:
        return _Asked({})
    weights, answers = wrong.random_weights(rng, model.framework), []
    for match in readings:
        model.set_weights(match.to_student(weights))
        answers.append(model.forward(inputs, training=False, seed=1))
    return _Asked(weights, readings, tuple(answers))
