"""Builds a student's models for the checks, each once: at sizes that the grader drew, and at the handout's."""

from __future__ import annotations

from typing import Any

from autograder.blueprint import Framework
from autograder.checking.grading import Grading
from autograder.checking.identify import Probe, identify
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
