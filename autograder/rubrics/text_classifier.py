"""The checks of every text classifier: the five tasks of the contract, in both frameworks.

An assignment's ``checks/`` imports all of it and adds what its own model needs; ``[weights]`` in assignment.toml gives
single checks other points.
"""

from collections.abc import Callable

import pytest
from gradescope_utils.autograder_utils.decorators import number, weight

from autograder.blueprint import Framework
from autograder.checking import (
    architecture,
    devices,
    dropout,
    losses,
    prediction,
    saving,
    start,
    steps,
    texts,
    training,
    twins,
)
from autograder.checking.grading import Grading
from autograder.checking.plugin import attested

Note = Callable[[str], None]

# -- Task 1: from text to ids


@number("1.1")
@weight(5)
@pytest.mark.parametrize("framework", Framework)
def test_vocabulary(grading: Grading, framework: Framework) -> None:
    """build_vocabulary lists the most frequent words, ties in alphabetical order."""
    texts.vocabulary(grading, framework)


@number("1.2")
@weight(5)
@pytest.mark.parametrize("framework", Framework)
def test_encoding(grading: Grading, framework: Framework, note: Note) -> None:
    """encode turns texts into ids, padded and cut on the right."""
    if said := texts.encoding(grading, framework):
        note(said)


# -- Task 2: the model


@number("2.1")
@weight(3)
@pytest.mark.parametrize("framework", Framework)
def test_builds(grading: Grading, framework: Framework) -> None:
    """build_model gives a model, at the handout's sizes and at others."""
    architecture.builds(grading, framework)


@number("2.2")
@weight(8)
@pytest.mark.parametrize("framework", Framework)
def test_parameters(grading: Grading, framework: Framework, note: Note) -> None:
    """The model has exactly the handout's parameters."""
    note(architecture.parameters(grading, framework))


@number("2.3")
@weight(14)
@pytest.mark.parametrize("framework", Framework)
def test_logits(grading: Grading, framework: Framework, note: Note) -> None:
    """The model computes the handout's logits."""
    note(architecture.logits(grading, framework))


@number("2.4")
@weight(3)
def test_twins(grading: Grading, note: Note) -> None:
    """The Keras model and the PyTorch model are the same model."""
    note(twins.parity(grading))


@number("2.5")
@weight(5)
@pytest.mark.parametrize("framework", Framework)
def test_predict(grading: Grading, framework: Framework) -> None:
    """predict gives the model's logits, without dropout."""
    prediction.predictions(grading, framework)


@number("2.6")
@weight(1)
@attested
@pytest.mark.parametrize("framework", [Framework.TORCH])
def test_mode_is_kept(grading: Grading, framework: Framework) -> None:
    """predict leaves the model in the mode that it was in."""
    prediction.mode_is_kept(grading, framework)


@number("2.7")
@weight(4)
@pytest.mark.parametrize("framework", Framework)
def test_dropout(grading: Grading, framework: Framework, note: Note) -> None:
    """In training, dropout drops features where the handout says, at the given rate."""
    note(dropout.dropout(grading, framework))


@number("2.8")
@weight(5)
@pytest.mark.parametrize("framework", Framework)
def test_gradients(grading: Grading, framework: Framework, note: Note) -> None:
    """Gradients reach every parameter."""
    note(architecture.gradients(grading, framework))


@number("2.9")
@weight(2)
@pytest.mark.parametrize("framework", Framework)
def test_initial_weights(grading: Grading, framework: Framework, note: Note) -> None:
    """The embedding starts in the range that the handout says, spread over it."""
    note(start.initial_weights(grading, framework))


# -- Task 3: training


@number("3.1")
@weight(4)
@pytest.mark.parametrize("framework", Framework)
def test_reported_loss(grading: Grading, framework: Framework, note: Note) -> None:
    """fit returns the mean cross-entropy of each epoch, with dropout on."""
    note(losses.reported_loss(grading, framework))


@number("3.2")
@weight(5)
@pytest.mark.parametrize("framework", Framework)
def test_adam_steps(grading: Grading, framework: Framework, note: Note) -> None:
    """Each step of fit is a step of Adam at the given learning rate."""
    note(steps.adam_steps(grading, framework))


@number("3.3")
@weight(4)
@pytest.mark.parametrize("framework", Framework)
def test_repeatable(grading: Grading, framework: Framework, note: Note) -> None:
    """The seed, and nothing else, decides the order of the texts and the result."""
    note(training.repeatable(grading, framework))


@number("3.4")
@weight(3)
@pytest.mark.parametrize("framework", Framework)
def test_loss_falls(grading: Grading, framework: Framework, note: Note) -> None:
    """Training on real texts brings the loss down."""
    note(training.loss_falls(grading, framework))


@number("3.5")
@weight(6)
@pytest.mark.parametrize("framework", Framework)
def test_accuracy(grading: Grading, framework: Framework, note: Note) -> None:
    """The trained model is right about texts that it has never seen."""
    note(training.accuracy(grading, framework))


@number("3.6")
@weight(3)
@pytest.mark.parametrize("framework", Framework)
def test_run_time(grading: Grading, framework: Framework, note: Note) -> None:
    """Training takes no more than a few times the reference's CPU seconds."""
    note(training.run_time(grading, framework))


# -- Task 4: devices


@number("4.1")
@weight(2)
@attested
@pytest.mark.parametrize("framework", Framework)
def test_model_on_device(grading: Grading, framework: Framework, note: Note) -> None:
    """The model computes on a GPU what it computes on the CPU."""
    note(devices.model(grading, framework))


@number("4.2")
@weight(2)
@attested
@pytest.mark.parametrize("framework", Framework)
def test_predict_on_device(grading: Grading, framework: Framework, note: Note) -> None:
    """predict gives on a GPU what it gives on the CPU, and hands it back."""
    note(devices.prediction(grading, framework))


@number("4.3")
@weight(2)
@attested
@pytest.mark.parametrize("framework", Framework)
def test_fit_on_device(grading: Grading, framework: Framework, note: Note) -> None:
    """fit trains on a GPU to what it trains to on the CPU."""
    note(devices.training(grading, framework))


@number("4.4")
@weight(1)
@attested
@pytest.mark.parametrize("framework", [Framework.TORCH])
def test_device_objects(grading: Grading, framework: Framework, note: Note) -> None:  # noqa: ARG001 - the case
    """A device may be given by its name or as a torch.device."""
    note(devices.objects(grading))


@number("4.5")
@weight(1)
@attested
@pytest.mark.parametrize("framework", [Framework.TORCH])
def test_saved_on_device(grading: Grading, framework: Framework, note: Note) -> None:  # noqa: ARG001 - the case
    """A model that was saved on a GPU loads on a computer without one."""
    note(devices.saving(grading))


@number("4.6")
@weight(2)
@attested
@pytest.mark.parametrize("framework", Framework)
def test_choice_is_left(grading: Grading, framework: Framework, note: Note) -> None:
    """Which GPUs there are is left to the user: the code hides none, and chooses none for the whole program."""
    note(devices.leaves_choice(grading, framework))


# -- Task 5: save and load


@number("5.1")
@weight(6)
@pytest.mark.parametrize("framework", Framework)
def test_weights_survive(grading: Grading, framework: Framework, note: Note) -> None:
    """A saved model comes back with the same weights in a new process."""
    note(saving.weights_survive(grading, framework))


@number("5.2")
@weight(4)
@pytest.mark.parametrize("framework", Framework)
def test_predictions_survive(grading: Grading, framework: Framework, note: Note) -> None:
    """A loaded model computes what the saved one did."""
    note(saving.predictions_survive(grading, framework))
