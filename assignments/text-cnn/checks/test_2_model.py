"""Task 2: the model."""

import pytest
from gradescope_utils.autograder_utils.decorators import number, weight

from autograder.blueprint import Framework
from autograder.checking import architecture, prediction
from autograder.checking.plugin import attested


@number("2.1")
@weight(3)
@pytest.mark.parametrize("framework", Framework)
def test_builds(grading, framework):
    """build_model gives a model, at the handout's sizes and at others."""
    architecture.builds(grading, framework)


@number("2.2")
@weight(8)
@pytest.mark.parametrize("framework", Framework)
def test_parameters(grading, framework, note):
    """The model has exactly the handout's parameters."""
    note(architecture.parameters(grading, framework))


@number("2.3")
@weight(14)
@pytest.mark.parametrize("framework", Framework)
def test_logits(grading, framework, note):
    """The model computes the handout's logits."""
    note(architecture.logits(grading, framework))


@number("2.4")
@weight(3)
def test_twins(grading, note):
    """The Keras model and the PyTorch model are the same model."""
    note(architecture.twins(grading))


@number("2.5")
@weight(5)
@pytest.mark.parametrize("framework", Framework)
def test_predict(grading, framework):
    """predict gives the model's logits, without dropout."""
    prediction.predictions(grading, framework)


@number("2.6")
@weight(1)
@attested
@pytest.mark.parametrize("framework", [Framework.TORCH])
def test_mode_is_kept(grading, framework):
    """predict leaves the model in the mode that it was in."""
    prediction.mode_is_kept(grading, framework)


@number("2.7")
@weight(4)
@pytest.mark.parametrize("framework", Framework)
def test_dropout(grading, framework, note):
    """In training, dropout drops features in front of the dense layer at the given rate."""
    note(prediction.dropout(grading, framework))


@number("2.8")
@weight(5)
@pytest.mark.parametrize("framework", Framework)
def test_gradients(grading, framework, note):
    """Gradients reach every parameter."""
    note(architecture.gradients(grading, framework))


@number("2.9")
@weight(2)
@pytest.mark.parametrize("framework", Framework)
def test_initial_weights(grading, framework, note):
    """The embedding is drawn as in the paper, uniformly from -0.25 to 0.25."""
    note(architecture.initial_weights(grading, framework))
