"""Builds a student's models for the checks, each once: at sizes that the grader drew, and at the handout's."""

from __future__ import annotations

from typing import Any

from autograder.blueprint import Framework
from autograder.checking.grading import Grading
from autograder.checking.identify import Identity, Probe, identify
from autograder.checking.verdicts import RestsOn
from autograder.errors import SubmissionError
from autograder.student.model import Floats, Inputs, Model, Sizes

DRAWS = 3


def drawn_sizes(grading: Grading, draw: int) -> dict[str, Any]:
    """Sizes number ``draw``, the same for both frameworks: distinct, so that shapes tell parameters apart."""
    return grading.draw_sizes(grading.rng("sizes", draw))


def drawn_model(grading: Grading, framework: Framework, draw: int) -> Model:
    """The student's model at drawn sizes; a new one when the last one's worker is gone, as after an endless predict."""

    def make() -> Model:
        return build(grading, framework, drawn_sizes(grading, draw))

    model: Model = grading.once(("drawn model", framework, draw), make, good=lambda model: model.alive)
    return model


def drawn_probe(grading: Grading, framework: Framework, draw: int) -> Probe:
    """What that model computes."""
    probe: Probe = grading.once(
        ("drawn probe", framework, draw),
        lambda: identify(grading, drawn_model(grading, framework, draw), f"draw {draw}"),
    )
    return probe


def identity_of(grading: Grading, framework: Framework, draw: int = 0) -> Identity | None:
    """What the student's model is at these drawn sizes, from the probes; None when that is not known."""
    try:
        return drawn_probe(grading, framework, draw).identity
    except SubmissionError:
        return None


def judged_sizes(grading: Grading, framework: Framework, draw: int) -> dict[str, Any]:
    """Sizes at which what a check of its own asks can be judged: drawn ones, or the handout's.

    A model with a number of the handout's in its code is right there alone, and check 2.2 or 2.3 has charged that; its
    gradients and its dropout are judged where it is a model at all.
    """
    return dict(grading.sizes) if _known_there_alone(grading, framework) else drawn_sizes(grading, draw)


def judged_model(grading: Grading, framework: Framework) -> tuple[Model, Identity | None]:
    """The student's model at such sizes, and what it is; None where that is not known."""
    there = _known_there_alone(grading, framework)
    return there or (drawn_model(grading, framework, 0), identity_of(grading, framework))


def _known_there_alone(grading: Grading, framework: Framework) -> tuple[Model, Identity] | None:
    """The model at the handout's sizes, and what it is, where it can't be the handout's at drawn ones."""
    found: tuple[Model, Identity] | None = grading.once(
        ("known at the handout's sizes alone", framework),
        lambda: _at_handout_sizes(grading, framework),
        good=lambda found: found is None or found[0].alive,
    )
    return found


def _at_handout_sizes(grading: Grading, framework: Framework) -> tuple[Model, Identity] | None:
    try:
        if drawn_probe(grading, framework, 0).comparable:
            return None
    except SubmissionError:
        pass  # it can't be built or called at other sizes
    try:
        model = build(grading, framework, grading.sizes)
        identity = identify(grading, model, "handout's sizes").identity
    except SubmissionError:
        return None
    return None if identity is None else (model, identity)


def handout_model(grading: Grading, framework: Framework) -> Model:
    """The student's model at the handout's sizes, for a look at its arrays: its weights are nobody's own."""
    model: Model = grading.once(("handout's model", framework), lambda: build(grading, framework, grading.sizes))
    return model


def must_be_registered(grading: Grading, framework: Framework) -> None:
    """Raise RestsOn where layers are in plain lists, as check 2.2 has said: they are neither trained nor saved."""
    if drawn_model(grading, framework, 0).unregistered:
        raise RestsOn("Layers in a plain list are neither trained nor saved: mend the model's parameters (2.2) first.")


def build(grading: Grading, framework: Framework, sizes: Sizes, seed: int = 0) -> Model:
    return grading.build(grading.student.module(framework), sizes, seed)


def answers(model: Model, inputs: Inputs) -> bool:
    """Whether the model can be called with these inputs at all."""
    try:
        model.forward(inputs, training=False)
    except SubmissionError:
        return False
    return True


def must_answer(model: Model, inputs: Inputs) -> Floats:
    """The model's outputs without dropout.

    Raises:
        RestsOn: It can't be called with these inputs; check 2.3 has said why.
    """
    try:
        return model.forward(inputs, training=False)
    except SubmissionError as error:
        label = model.framework.label
        raise RestsOn(
            f"The {label} model gives no outputs for {len(inputs)} examples that can be judged: mend that first (2.3)."
        ) from error
