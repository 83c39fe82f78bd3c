"""Task "training", small: what one call of ``fit`` does to the weights, step by step."""

from __future__ import annotations

import numpy as np

from autograder.blueprint import Framework
from autograder.checking.adam import MADE_ANEW, adam, clear, explains, other_steps
from autograder.checking.besides import besides
from autograder.checking.grading import Grading
from autograder.checking.losses import reported_loss
from autograder.checking.order import all_at_once, made_anew
from autograder.checking.trial import (
    BATCH,
    BATCHES,
    SHORT_EPOCHS,
    SHORT_RATE,
    Labels,
    Run,
    Trial,
    short_run,
    trial,
)
from autograder.checking.verdicts import RestsOn
from autograder.errors import Finding, SubmissionError
from autograder.student.model import Floats

SAME = 1e-6  # relative, of the losses of one batch under the same weights
Weights = list[np.ndarray]


def adam_steps(grading: Grading, framework: Framework) -> str:
    """Compare the weights after two steps of ``fit`` with Adam's, computed from the gradients on the way.

    Raises:
        SubmissionError: Naming the optimizer, the learning rate or the forgotten call that explains the weights.
    """
    b = trial(grading, framework)
    rate = float(grading.rng("rate", framework.value).uniform(2e-3, 4e-3))
    batch = _Batch(b, b.token_ids[:BATCH], b.labels[:BATCH], rate)
    (_, once), (losses, twice) = batch.after(1), batch.after(2)
    gradients = [batch.gradients(b.start), batch.gradients(once)]
    where = clear(b.tables, batch.token_ids, gradients)
    right = adam(b.start, gradients, rate)
    if explains(right, twice, where, rate):
        _as_many_steps_as_batches(grading, framework)
        if known := besides(b):
            raise SubmissionError(known)
        if made_anew(grading, framework):
            raise SubmissionError(MADE_ANEW)
        return f"Two steps of fit are two steps of Adam at the learning rate {rate:.2g}."
    fit = [step for step in other_steps(b.start, once, gradients, rate) if explains(step[1], twice, where, rate)]
    if fit and fit[0][0] == "backward-without-step":  # without any step one is as good as two
        del fit[1:]
    if len(fit) == 1:  # else the numbers fit several, or none
        key, _, message, advice = fit[0]
        if key == "backward-without-step" and not np.isclose(losses[0], losses[1], rtol=SAME):
            raise SubmissionError(_copy(losses))
        raise SubmissionError(Finding(message, f"Adam at the learning rate {rate:.2g}", "", advice, key))
    if not _loss_is_right(grading, framework):
        raise RestsOn("The steps aren't Adam's on the handout's loss, and fit has another loss: mend check 3.1 first.")
    _batches_as_large_as_asked(grading, framework)
    known = besides(b) or _another_rate(adam(b.start, gradients[:1], rate), right, once, twice, where, rate)
    raise SubmissionError(known or _unlike_adam(b.start, right, twice, where))


def _copy(losses: Floats) -> Finding:
    return Finding(
        "fit trains another model than the one that it is given.",
        expected="the weights of that model changed, in place",
        found=f"losses that change from epoch to epoch ({losses[0]:.4f}, {losses[1]:.4f}), and weights that stay",
        advice="Train the argument itself, and no copy of it: no copy.deepcopy, clone_model or build_model in fit.",
        misconception="trains-a-copy",
    )


def _another_rate(
    first: Weights, second: Weights, once: Weights, twice: Weights, where: list[np.ndarray], rate: float
) -> Finding | None:
    """The finding for a second step that is Adam's but for its length, where the first one is right."""
    if not explains(first, once, where, rate):
        return None
    shares = [(t - o)[m] / (s - o)[m] for t, o, s, m in zip(twice, once, second, where, strict=True)]
    share = float(np.median(np.concatenate(shares)))
    lengthened = [o + share * (s - o) for o, s in zip(once, second, strict=True)]
    if not share > 0 or not explains(lengthened, twice, where, rate):
        return None
    return Finding(
        "fit changes the learning rate on the way.",
        expected=f"the learning rate {rate:.4g} in each step",
        found=f"{rate:.4g} in the first step, {share * rate:.4g} in the second",
        advice="Give Adam the argument learning_rate as it is: schedulers and decays are no part of fit.",
        misconception="rate-changes",
    )


def _unlike_adam(start: Weights, right: Weights, found: Weights, where: list[np.ndarray]) -> Finding:
    """What was seen, and no name: the weight that is furthest from where Adam leads, of those that are clear."""
    apart = [np.where(m, np.abs(r - f), -1) for r, f, m in zip(right, found, where, strict=True)]
    array = int(np.argmax([a.max(initial=-1) for a in apart]))
    at = np.unravel_index(apart[array].argmax(), apart[array].shape)
    before, wanted, is_now = (float(weights[array][at]) for weights in (start, right, found))
    return Finding(
        "Two steps of fit don't change the weights as Adam does.",
        expected=f"a weight that goes from {before:.6f} to {wanted:.6f}",
        found=f"it goes to {is_now:.6f}",
        advice="Use Adam with learning_rate, all its other settings left alone, on the mean cross-entropy of the "
        "batch, and let nothing else change weights or gradients.",
        misconception="not-adam",
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
    ways = [
        float(np.abs(after - before).max())
        for index, (before, after) in enumerate(zip(b.start, run[1], strict=True))
        if index not in b.tables  # Keras takes longer steps in rows of words that occur twice
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

    def after(self, steps: int) -> Run:
        return self._trial.fit(self.token_ids, self._labels, epochs=steps, learning_rate=self._rate)

    def gradients(self, weights: list[np.ndarray]) -> list[np.ndarray]:
        self._trial.model.set_weights(weights)
        return self._trial.model.gradients(self.token_ids, self._labels)
