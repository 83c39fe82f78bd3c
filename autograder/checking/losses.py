"""Task "training", small: the losses that ``fit`` returns, compared while nothing is learned."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from autograder.blueprint import Framework, Softmax, Tolerance, cross_entropy
from autograder.checking.averages import RIGHT, average_of
from autograder.checking.grading import Grading
from autograder.checking.left_out import left_out
from autograder.checking.models import build, drawn_sizes
from autograder.checking.trial import BATCH, NO_LEARNING, SHORT_RATE, TEXTS, Labels, Run, Trial, largest_move, trial
from autograder.errors import Finding, SubmissionError
from autograder.student.model import Floats, Model
from autograder.student.values import NUMBER_OF_LOSSES

# Relative; a running mean in float32 is within 1e-5. Where texts are left out, or each batch's mean counts alike, an
# epoch's loss is off by about 0.016 (one sigma, random weights): one in a hundred is within the tolerance by chance.
LOSS_TOLERANCE = 2e-4
EPOCHS = 5
MANY_EPOCHS = 12  # longer than anybody's patience, to see whether fit ends early
MOVED = 1e-6  # far above what NO_LEARNING can do, far below one step at any learning rate in use


def reported_loss(grading: Grading, framework: Framework) -> str:
    """Compare the losses that ``fit`` returns with the mean cross-entropy, while nothing is learned.

    Raises:
        SubmissionError: Naming what the returned losses are instead.
    """
    said: str = grading.once(("reported loss", framework), lambda: _reported_loss(grading, framework))
    return said


def _reported_loss(grading: Grading, framework: Framework) -> str:
    b = trial(grading, framework)
    logits = b.logits()
    wanted = cross_entropy(logits, b.labels)
    losses, after = _still(b)
    meant = wanted if b.meant is None else cross_entropy(b.meant, b.labels)
    if not any(np.allclose(losses, loss, rtol=LOSS_TOLERANCE) for loss in (wanted, meant)):
        moved = largest_move(after, b.start)
        raise SubmissionError(_learned(moved) if moved > MOVED else _wrong_loss(b, losses, wanted, logits))
    _dropout_is_on(grading, framework)
    if not np.allclose(losses, wanted, rtol=LOSS_TOLERANCE):
        return (
            f"With learning rate 0 fit reports {losses[0]:.4f}, the cross-entropy of the handout's model with these "
            f"weights: the loss looks through the mistake that 2.3 names, with which it would be {wanted:.4f}."
        )
    return f"With learning rate 0 fit reports {losses[0]:.4f}; the cross-entropy is {wanted:.4f}."


def _still(b: Trial) -> Run:
    """What fit does while nothing is learned.

    Raises:
        SubmissionError: It returns other than one loss for each epoch; with early stopping as the reason, if it does
            return them where the loss falls.
    """
    same = np.repeat(b.token_ids[:1], TEXTS, axis=0), np.repeat(b.labels[:1], TEXTS)  # whose loss is always the same
    try:
        run = b.fit(b.token_ids, b.labels, epochs=EPOCHS, learning_rate=NO_LEARNING)
        b.fit(*same, epochs=MANY_EPOCHS, learning_rate=NO_LEARNING)
    except SubmissionError as error:
        if error.finding.message != NUMBER_OF_LOSSES or not _all_epochs_where_it_falls(b):
            raise
        raise SubmissionError(
            replace(
                error.finding,
                message="fit ends early where the loss doesn't fall.",
                advice="Go through all epochs: early stopping is no part of fit.",
                misconception="early-stopping",
            )
        ) from error
    return run


def _all_epochs_where_it_falls(b: Trial) -> bool:
    try:
        losses, _ = b.fit(b.token_ids, b.labels, epochs=EPOCHS, learning_rate=SHORT_RATE)
    except SubmissionError:
        return False
    return bool((np.diff(losses) < 0).all())


def _learned(moved: float) -> Finding:
    return Finding(
        "fit changes the weights although learning_rate is next to 0.",
        expected=f"weights that stay as they are at learning_rate={NO_LEARNING:g}",
        found=f"weights that move by up to {moved:.1g}",
        advice="Pass learning_rate to the optimizer.",
        misconception="learning-rate-ignored",
    )


def _wrong_loss(b: Trial, losses: Floats, wanted: float, logits: Floats) -> Finding:
    others = _other_losses(logits, b.labels, wanted)
    fit = {other[0]: other for other in others if np.allclose(losses, other[1], rtol=LOSS_TOLERANCE)}
    if len(fit) == 1:
        ((key, _, message, advice),) = fit.values()
        return Finding(message, f"{wanted:.4f}", f"{losses[0]:.4f}", advice, key)
    if known := left_out(b, wanted):
        return known
    expected, found = f"{wanted:.4f} in each epoch, the mean over all examples", _each(losses)
    average = average_of(b)
    if average is RIGHT:  # it is right for one text with several labels: which text has which label is not
        return Finding(
            "The losses that fit returns vary although nothing is learned: texts and labels don't belong together.",
            expected,
            found,
            advice="Shuffle texts and labels by the same order: draw one permutation, and index both with it.",
            misconception="labels-shuffled-apart",
        )
    if average is not None:
        return Finding(average.message, expected, found, average.advice, average.key)
    return Finding(
        "The losses that fit returns are not the mean cross-entropy of the epoch.",
        expected=f"{expected} (recomputed by the grader, nothing learned)",
        found=found,
        advice="Average the loss over all examples of the epoch; the cross-entropy takes raw logits.",
    )


def _each(losses: Floats) -> str:
    """The loss, or those of all epochs where they vary."""
    shown = [f"{loss:.4f}" for loss in losses]
    return ", ".join(shown) if len(set(shown)) > 1 else shown[0]


def _other_losses(logits: Floats, labels: Labels, wanted: float) -> list[tuple[str, float, str, str]]:
    probabilities = Softmax().apply(logits)
    clipped = np.clip(logits, 1e-7, 1 - 1e-7)  # Keras, where it takes logits for probabilities
    taken = clipped[np.arange(len(labels)), labels] / clipped.sum(axis=1)
    softmax_says = "The loss is not taken of raw logits."
    softmax_advice = (
        "Keras: SparseCategoricalCrossentropy(from_logits=True). PyTorch: cross_entropy of the logits, no softmax."
    )
    return [
        (
            "sum-instead-of-mean-loss",
            wanted * TEXTS,
            "fit returns the sum of all examples' losses.",
            "Divide by the number of examples.",
        ),
        ("softmax-before-loss", cross_entropy(probabilities, labels), softmax_says, softmax_advice),
        ("softmax-before-loss", float(-np.log(taken).mean()), softmax_says, softmax_advice),
    ]


def _dropout_is_on(grading: Grading, framework: Framework) -> None:
    """With dropout, and nothing learned, the loss in training differs from the loss without it."""
    sizes = {**drawn_sizes(grading, 2), "dropout": 0.5}
    model, b = build(grading, framework, sizes), trial(grading, framework)
    model.set_weights(b.start)
    scattered = [model.forward(b.token_ids, training=True, seed=seed) for seed in (1, 2)]
    if Tolerance().agrees(*scattered):
        return  # the model has no dropout: that is task 2's to say
    still = cross_entropy(model.forward(b.token_ids, training=False), b.labels)
    b = replace(b, anew=partial(_in_eval_mode, grading, framework, sizes))
    losses, _ = b.fit(b.token_ids, b.labels, epochs=3, learning_rate=NO_LEARNING, seed=5)
    off = np.isclose(losses, still, rtol=1e-5)
    if off.all():
        raise SubmissionError(_without_dropout(b, still))
    if off[1:].all():
        raise SubmissionError(
            Finding(
                "Dropout is off from the second epoch on.",
                expected="losses that dropout makes vary, in each epoch",
                found=f"{_each(losses)}; without dropout it is {still:.4f}",
                advice="A look at the model after an epoch needs model.eval(), which stays until the next "
                "model.train(): call that at the beginning of each epoch.",
                misconception="eval-left-on",
            )
        )


def _in_eval_mode(grading: Grading, framework: Framework, sizes: dict[str, Any]) -> Model:
    model = build(grading, framework, sizes)
    model.set_training(False)
    return model


def _without_dropout(b: Trial, still: float) -> Finding:
    """What to say of losses without dropout: it is off, or they are measured once more when the epoch is over."""
    batch, labels = b.token_ids[:BATCH], b.labels[:BATCH]
    losses, after = b.fit(batch, labels, epochs=1, learning_rate=SHORT_RATE)
    b.model.set_weights(after)  # which has no dropout
    later = cross_entropy(b.model.forward(batch, training=False), labels)
    b.model.set_weights(b.start)
    before = cross_entropy(b.model.forward(batch, training=False), labels)
    if np.isclose(losses[0], later, rtol=1e-5) and not np.isclose(later, before, rtol=1e-3):
        return Finding(
            "The losses that fit returns are measured after the epoch, and without dropout.",
            expected=f"the mean of the losses that training itself computes; without dropout {before:.4f} for one step",
            found=f"{losses[0]:.4f}, the loss of the weights that this step leads to",
            advice="Add up the losses of the batches as they are trained on (in Keras history.history['loss']): "
            "model.evaluate, or a pass of your own, measures at another moment. This says nothing against your steps.",
            misconception="loss-measured-apart",
        )
    return Finding(
        "Dropout is off while fit trains.",
        expected="a loss that dropout makes vary",
        found=f"exactly the loss without dropout, {still:.4f}, in each epoch",
        advice="PyTorch: call model.train() at the beginning of fit. Keras: training=True in your own loop.",
        misconception="fit-in-eval-mode",
    )
