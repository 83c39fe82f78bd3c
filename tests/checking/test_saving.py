"""Checks 5.1 and 5.2: what is made of a model that was saved and loaded."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.blueprint import Framework
from autograder.checking import saving
from autograder.checking.saving import RoundTrip
from autograder.errors import Finding, SubmissionError

KERAS = Framework.KERAS


@pytest.fixture
def travelled(numpy_grading):
    """A grading whose saved model came back so."""

    def travelled(weights=0.0, logits=0.0, strange=""):
        grading, rng = numpy_grading(), np.random.default_rng(1)
        saved = [rng.normal(size=(5, 3)).astype(np.float32), rng.normal(size=3).astype(np.float32)]
        before = rng.normal(size=(4, 3))
        loaded = [saved[0], saved[1] + np.float32(weights)]
        grading.found["round trip", KERAS] = RoundTrip(saved, loaded, before, before + logits, strange=strange)
        return grading

    return travelled


def test_a_model_that_came_back_whole(travelled):
    assert saving.weights_survive(travelled(), KERAS) == "2 parameters came back bit for bit in a new process."
    assert saving.predictions_survive(travelled(), KERAS) == "The loaded model gives the same logits."


def test_weights_that_came_back_otherwise(travelled):
    with pytest.raises(SubmissionError) as caught:
        saving.weights_survive(travelled(weights=1.0), KERAS)
    assert caught.value.finding.found == "1 of 2 parameters differ"
    assert caught.value.finding.misconception == "load-returns-untrained"


def test_weights_that_lost_digits_are_not_called_untrained(travelled):
    with pytest.raises(SubmissionError) as caught:
        saving.weights_survive(travelled(weights=1e-4), KERAS)
    assert caught.value.finding.misconception == "weights-rounded"


def test_half_the_bytes_are_weights_too(tmp_path):
    (tmp_path / "weights").write_bytes(bytes(2000))
    assert refusal(tmp_path) is None


def test_a_model_that_computes_something_else(travelled):
    with pytest.raises(SubmissionError) as caught:
        saving.predictions_survive(travelled(logits=0.25), KERAS)
    assert caught.value.finding.found == "a difference of up to 0.25"


def test_two_processes_that_agree_on_what_no_weights_give(travelled):
    with pytest.raises(SubmissionError, match="Neither the saved model nor the loaded one") as caught:
        saving.predictions_survive(travelled(strange="a difference of up to 3"), KERAS)
    assert caught.value.finding.found == "a difference of up to 3"
    assert caught.value.finding.misconception == "predictions-from-elsewhere"


def refusal(folder) -> Finding | None:
    try:
        saving._something_in(folder, [np.zeros((100, 10), np.float32)])
    except SubmissionError as error:
        return error.finding
    return None


def test_an_empty_folder(tmp_path):
    assert refusal(tmp_path).misconception == "saves-in-working-directory"


def test_a_folder_too_small_for_the_weights(tmp_path):
    (tmp_path / "architecture.json").write_text("{}")
    found = refusal(tmp_path)
    assert found.misconception == "weights-not-saved"
    assert found.expected == "4,000 bytes, for 1,000 parameters"
    assert found.found == "2 bytes in architecture.json"


def test_a_link_to_something_large_is_no_content(tmp_path):
    large = tmp_path / "large"
    large.write_bytes(bytes(5000))
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "weights").symlink_to(large)
    assert refusal(folder).misconception == "weights-not-saved"


def test_weights_anywhere_below_the_folder(tmp_path):
    (tmp_path / "deep" / "down").mkdir(parents=True)
    (tmp_path / "deep" / "down" / "weights").write_bytes(bytes(4000))
    assert refusal(tmp_path) is None
