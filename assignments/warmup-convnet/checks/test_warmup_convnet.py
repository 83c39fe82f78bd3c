"""The checks of warmup-convnet: is the model the handout's, in both toolkits, and does `predict` hand on what it gives?

What each of them does is in autograder/checking/architecture.py, twins.py and prediction.py.
"""

from collections.abc import Callable

import pytest
from gradescope_utils.autograder_utils.decorators import number, weight

from autograder.blueprint import Framework
from autograder.checking import architecture, prediction, twins
from autograder.checking.grading import Grading
from autograder.checking.plugin import attested

Note = Callable[[str], None]
in_both = pytest.mark.parametrize("framework", Framework)


@in_both
@weight(6)
@number("1.1")
def test_builds(grading: Grading, framework: Framework) -> None:
    """build_model gives a model, for the handout's images and for others."""
    architecture.builds(grading, framework)


@in_both
@weight(14)
@number("1.2")
def test_parameters(note: Note, grading: Grading, framework: Framework) -> None:
    """The model has exactly the handout's parameters."""
    note(architecture.parameters(grading, framework))


@in_both
@weight(34)
@number("1.3")
def test_outputs(note: Note, grading: Grading, framework: Framework) -> None:
    """The model computes what the handout says: probabilities in Keras, their logarithms in PyTorch."""
    note(architecture.logits(grading, framework))


@weight(11)
@number("1.4")
def test_twins(note: Note, grading: Grading) -> None:
    """Under the same weights both models give the same probabilities."""
    note(twins.parity(grading))


@in_both
@weight(10)
@number("1.5")
def test_gradients(note: Note, grading: Grading, framework: Framework) -> None:
    """Gradients reach every parameter."""
    note(architecture.gradients(grading, framework))


@in_both
@weight(20)
@number("2.1")
def test_predict(grading: Grading, framework: Framework) -> None:
    """predict gives the model's outputs, for one image as for many."""
    prediction.predictions(grading, framework)


@attested
@pytest.mark.parametrize("framework", [Framework.TORCH])
@weight(5)
@number("2.2")
def test_mode_is_kept(grading: Grading, framework: Framework) -> None:
    """predict leaves the model in the mode that it was in."""
    prediction.mode_is_kept(grading, framework)
