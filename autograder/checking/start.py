"""Task "the model": does it start with weights as the handout says?"""

from __future__ import annotations

import numpy as np

from autograder.blueprint import Blueprint, Framework, Uniform, fitting, matches
from autograder.blueprint.alignment import align
from autograder.checking.grading import Grading
from autograder.checking.models import build
from autograder.checking.verdicts import RestsOn
from autograder.errors import Finding, SubmissionError
from autograder.student.model import Model


def initial_weights(grading: Grading, framework: Framework) -> str:
    """Compare how the model's weights are drawn with the initialisers that the handout prescribes.

    Only a prescribed range counts (other layers start as each framework starts them). A uniform array of m numbers has
    its deviation within 5 standard errors, 0.45 / sqrt(m) of it each.

    Raises:
        SubmissionError: A parameter starts outside the range, or not spread over it.
    """
    model = build(grading, framework, grading.sizes, seed=3)
    blueprint = fitting(grading.blueprint(model.sizes, framework), framework, model.parameters)
    arrays, start = _places(blueprint, model), model.weights()
    for parameter in blueprint.parameters(framework):
        if isinstance(parameter.initializer, Uniform):
            if parameter.name not in arrays:
                raise RestsOn(f"The {parameter.layer} isn't among the model's parameters: mend those first (2.2).")
            _starts_uniform(start[arrays[parameter.name]], parameter.initializer.limit, parameter.layer)
    return "The prescribed initial weights are as in the handout."


def _places(blueprint: Blueprint, model: Model) -> dict[str, int]:
    """Which of the model's arrays is which parameter, by name: in what order its numbers lie doesn't matter here.

    Where the arrays aren't the handout's, those count that have at least one size of the parameter that they stand for:
    an embedding with a row too many, or beside another layer than the handout's, still starts as it starts.
    """
    match = next(matches(blueprint, model.framework, model.parameters), None)
    if match is not None:
        return {p.parameter.name: p.index for p in match.placements}
    pairs = align(blueprint, model.framework, model.parameters).pairs
    return {
        pair.parameter.name: pair.found.index
        for pair in pairs
        if pair.found is not None and len(pair.differences()) < len(pair.parameter.shape)
    }


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
