"""Which model did the student build? Weights go in, logits come out, and the blueprint that agrees is the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from autograder.blueprint import Blueprint, Match, Misconception, Tolerance, Weights, explain_logits, fitting, matches
from autograder.checking.grading import Grading
from autograder.student.model import Floats, Inputs, Model

MOST_CANDIDATES = 48  # orders of equal-shaped parameters to try: 4! of four biases, twice


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

    Candidates for the order of its parameters are tried until the oracle agrees; if it never does, the blueprint's
    known mistakes are tried on each. Raises SubmissionError when the student's code fails on the way. The model's
    weights are other ones afterwards.
    """
    rng = grading.rng("identify", purpose, model.framework.value)
    truth = fitting(grading.blueprint(model.sizes, model.framework), model.framework, model.parameters)
    inputs = grading.inputs(rng, model.sizes)
    weights = truth.random_weights(rng, model.framework)
    tries = []
    for match in _candidates(truth, model):
        probe = _try(truth, match, model, weights, inputs)
        if probe.identity is not None or not probe.same_twice:
            return probe
        tries.append((match, probe))
    if not tries:
        return _altered(truth, model, inputs, rng)
    named = (_with_mistakes(truth, match, weights, probe) for match, probe in tries)
    return next((probe for probe in named if probe.identity is not None), tries[0][1])


def _candidates(blueprint: Blueprint, model: Model) -> Iterator[Match]:
    return islice(matches(blueprint, model.framework, model.parameters), MOST_CANDIDATES)


def _try(blueprint: Blueprint, match: Match, model: Model, weights: Weights, inputs: Inputs) -> Probe:
    model.set_weights(match.to_student(weights))
    found = model.forward(inputs, training=False, seed=1)
    wanted = blueprint.forward(weights, inputs)
    tolerance = Tolerance()
    same_twice = tolerance.agrees(found, model.forward(inputs, training=False, seed=2))
    right = same_twice and tolerance.agrees(found, wanted)
    return Probe(Identity(blueprint, (), match) if right else None, True, wanted, found, inputs, same_twice)


def _with_mistakes(blueprint: Blueprint, match: Match, weights: Weights, probe: Probe) -> Probe:
    """The probe with the known mistake that explains it, read in this order of parameters; as it is without one.

    A model that is as right in another form, such as gates in another order, is compared with that form.
    """
    assert probe.inputs is not None and probe.found is not None  # comparable  # noqa: S101, PT018 - for the type checker
    variant = explain_logits(blueprint, match.framework, weights, probe.inputs, probe.found, Tolerance())
    if variant is None:
        return probe
    wanted = probe.wanted if variant.misconceptions else variant.blueprint.forward(weights, probe.inputs)
    return replace(probe, identity=Identity(variant.blueprint, variant.misconceptions, match), wanted=wanted)


def _altered(truth: Blueprint, model: Model, inputs: Inputs, rng: np.random.Generator) -> Probe:
    """The model can't hold the handout's weights: is it a known mistake that has other parameters?"""
    for variant in truth.variants():
        if variant.blueprint.count(model.framework) == truth.count(model.framework):
            continue
        for match in islice(matches(variant.blueprint, model.framework, model.parameters), 6):
            weights = variant.blueprint.random_weights(rng, model.framework)
            model.set_weights(match.to_student(weights))
            found = model.forward(inputs, training=False, seed=1)
            if Tolerance().agrees(found, variant.blueprint.forward(weights, inputs)):
                return Probe(Identity(variant.blueprint, variant.misconceptions, match), False)
    return Probe(None, False)
