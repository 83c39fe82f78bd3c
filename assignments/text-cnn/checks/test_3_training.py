"""Task 3: training."""

import pytest
from gradescope_utils.autograder_utils.decorators import number, weight

from autograder.blueprint import Framework
from autograder.checking import losses, steps, training


@number("3.1")
@weight(4)
@pytest.mark.parametrize("framework", Framework)
def test_reported_loss(grading, framework, note):
    """fit returns the mean cross-entropy of each epoch, with dropout on."""
    note(losses.reported_loss(grading, framework))


@number("3.2")
@weight(5)
@pytest.mark.parametrize("framework", Framework)
def test_adam_steps(grading, framework, note):
    """Each step of fit is a step of Adam at the given learning rate."""
    note(steps.adam_steps(grading, framework))


@number("3.3")
@weight(4)
@pytest.mark.parametrize("framework", Framework)
def test_repeatable(grading, framework, note):
    """The seed, and nothing else, decides the order of the texts and the result."""
    note(training.repeatable(grading, framework))


@number("3.4")
@weight(3)
@pytest.mark.parametrize("framework", Framework)
def test_loss_falls(grading, framework, note):
    """Training on real texts brings the loss down."""
    note(training.loss_falls(grading, framework))


@number("3.5")
@weight(6)
@pytest.mark.parametrize("framework", Framework)
def test_accuracy(grading, framework, note):
    """The trained model is right about texts that it has never seen."""
    note(training.accuracy(grading, framework))


@number("3.6")
@weight(3)
@pytest.mark.parametrize("framework", Framework)
def test_run_time(grading, framework, note):
    """Training takes no more than a few times the reference's CPU seconds."""
    note(training.run_time(grading, framework))
