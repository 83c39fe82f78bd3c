"""Task 5: save and load. (Task 4, devices, will stand in test_4_devices.py.)"""

import pytest
from gradescope_utils.autograder_utils.decorators import number, weight

from autograder.blueprint import Framework
from autograder.checking import saving


@number("5.1")
@weight(6)
@pytest.mark.parametrize("framework", Framework)
def test_weights_survive(grading, framework, note):
    """A saved model comes back with the same weights in a new process."""
    note(saving.weights_survive(grading, framework))


@number("5.2")
@weight(4)
@pytest.mark.parametrize("framework", Framework)
def test_predictions_survive(grading, framework, note):
    """A loaded model computes what the saved one did."""
    note(saving.predictions_survive(grading, framework))
