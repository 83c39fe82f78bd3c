"""Task "training", small: what one call of ``fit`` does to the weights, step by step."""

from __future__ import annotations

import numpy as np

from autograder.blueprint import Framework
from autograder.checking.adam import adam, clear, explains, other_steps
from autograder.checking.grading import Grading
from autograder.checking.losses import reported_loss
from autograder.checking.order import all_at_once
from autograder.checking.trial import (
    BATCH,
    BATCHES,
    SHORT_EPOCHS,
    SHORT_RATE,
    Labels,
    Run,
    Trial,
    largest_move,
    short_run,
    trial,
)
from autograder.checking.verdicts import RestsOn
from autograder.errors import Finding, SubmissionError


def adam_steps(grading: Grading, framework: Framework) -> str:
    """Compare the weights after two steps of ``fit`` with Adam's, computed from the gradients on the way.

    Raises:
        SubmissionError: Naming the optimizer, the learning rate or the forgotten call that explains the weights.
    """
    b = trial(grading, framework)
    rate = float(grading.rng("rate", framework.value).uniform(2e-3, 4e-3))
    batch = _Batch(b, b.token_ids[:BATCH], b.labels[:BATCH], rate)
    once, twice = batch.after(1), batch.after(2)
    gradients = [batch.gradients(b.start), batch.gradients(once)]
    where = clear(b.model, batch.token_ids, gradients)
    if explains(adam(b.start, gradients, rate), twice, where, rate):
        _as_many_steps_as_batches(grading, framework)
        return f"Two steps of fit are two steps of Adam at the learning rate {rate:.2g}."
    for key, weights, message, advice in other_steps(b.start, once, gradients, rate):
        if explains(weights, twice, where, rate):
            raise SubmissionError(Finding(message, f"Adam at the learning rate {rate:.2g}", "", advice, key))
    if not _loss_is_right(grading, framework):
        raise RestsOn("The steps aren't Adam's on the handout's loss, and fit has another loss: mend check 3.1 first.")
    _batches_as_large_as_asked(grading, framework)
    raise SubmissionError(
        Finding(
            "Two steps of fit don't change the weights as Adam does.",
            expected=f"steps of up to {rate:.2g} (the learning rate) on each weight at first",
            found=f"the largest step is {largest_move(once, b.start):.2g}",
            advice="Use Adam with learning_rate and its other settings left alone; zero the gradients before each "
            "step.",
            misconception="not-adam",
        )
    )


def _loss_is_right(grading: Grading, framework: Framework) -> bool:
    try:
        reported_loss(grading, framework)
    except SubmissionError:
        return False
    return True


def one_step_an_epoch(b: Trial, run: Run) -> bool:
    """Whether a short training went no further than one step in each epoch can: whatever the order of the texts."""
    return _furthest(b, run) < SHORT_EPOCHS + 0.5


def _furthest(b: Trial, run: Run) -> float:
    """A weight moves by about the learning rate in each of Adam's first steps: how many the longest way takes."""
    vocab_size = b.model.sizes["vocab_size"]
    ways = [
        float(np.abs(after - before).max())
        for before, after in zip(b.start, run[1], strict=True)
        if vocab_size not in before.shape  # Keras takes longer steps in rows of words that occur twice
    ]
    return max(ways) / SHORT_RATE


def _as_many_steps_as_batches(grading: Grading, framework: Framework) -> None:
    _batches_as_large_as_asked(grading, framework)
    b, run = trial(grading, framework), short_run(grading, framework)
    if one_step_an_epoch(b, run):
        raise SubmissionError(
            Finding(
                "fit makes one step in each epoch, not one for each batch.",
                expected=f"{SHORT_EPOCHS * BATCHES} steps in {SHORT_EPOCHS} epochs of {BATCHES} batches",
                found=f"no weight moves further than {_furthest(b, run):.1f} steps can take it",
                advice="Put the backward pass and the step into the loop over batches.",
                misconception="last-batch-only",
            )
        )


def _batches_as_large_as_asked(grading: Grading, framework: Framework) -> None:
    if all_at_once(grading, framework):
        raise SubmissionError(
            Finding(
                "fit makes batches of a size of its own.",
                expected="two steps for 4 texts with batch_size=2",
                found="one step, with all 4 texts",
                advice="Make the batches as large as the argument `batch_size` says.",
                misconception="batch-size-ignored",
            )
        )


class _Batch:
    """Runs ``fit`` on one batch for one or two epochs: as many steps, whatever the shuffling."""

    def __init__(self, b: Trial, token_ids: Labels, labels: Labels, rate: float) -> None:
        self._trial, self.token_ids, self._labels, self._rate = b, token_ids, labels, rate

    def after(self, steps: int) -> list[np.ndarray]:
        self._trial.model.set_weights(self._trial.start)
        settings = {"epochs": steps, "batch_size": BATCH, "learning_rate": self._rate, "seed": 3}
        self._trial.model.fit(self.token_ids, self._labels, **settings)
        return self._trial.model.weights()

    def gradients(self, weights: list[np.ndarray]) -> list[np.ndarray]:
        self._trial.model.set_weights(weights)
        return self._trial.model.gradients(self.token_ids, self._labels)
