"""Task "training", small: the losses that ``fit`` returns, compared while nothing is learned."""

from __future__ import annotations

import numpy as np

from autograder.blueprint import Framework, Softmax, Tolerance, cross_entropy
from autograder.checking.averages import RIGHT, average_of
from autograder.checking.grading import Grading
from autograder.checking.models import build, drawn_sizes
from autograder.checking.trial import BATCH, NO_LEARNING, TEXTS, Labels, Trial, fit, largest_move, trial
from autograder.errors import Finding, SubmissionError
from autograder.student.model import Floats

LOSS_TOLERANCE = 2e-3  # relative; a running mean in float32 is within 1e-5
# Where each batch's mean counts alike, an epoch's loss is off by about 0.016 (relative, one sigma, random weights): one
# epoch in ten is within the tolerance by chance, but hardly ever all of them.
EPOCHS = 5
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
    losses = fit(b, epochs=EPOCHS, learning_rate=NO_LEARNING).losses
    meant = wanted if b.meant is None else cross_entropy(b.meant, b.labels)
    if not any(np.allclose(losses, loss, rtol=LOSS_TOLERANCE) for loss in (wanted, meant)):
        moved = largest_move(b.model.weights(), b.start)
        raise SubmissionError(_learned(moved) if moved > MOVED else _wrong_loss(b, losses, wanted, logits))
    _dropout_is_on(grading, framework)
    if not np.allclose(losses, wanted, rtol=LOSS_TOLERANCE):
        return (
            f"With learning rate 0 fit reports {losses[0]:.4f}, the cross-entropy of the handout's model with these "
            f"weights: the loss looks through the mistake that 2.3 names, with which it would be {wanted:.4f}."
        )
    return f"With learning rate 0 fit reports {losses[0]:.4f}; the cross-entropy is {wanted:.4f}."


def _learned(moved: float) -> Finding:
    return Finding(
        "fit changes the weights although learning_rate is next to 0.",
        expected=f"weights that stay as they are at learning_rate={NO_LEARNING:g}",
        found=f"weights that move by up to {moved:.1g}",
        advice="Pass learning_rate to the optimizer.",
        misconception="learning-rate-ignored",
    )


def _wrong_loss(b: Trial, losses: Floats, wanted: float, logits: Floats) -> Finding:
    for key, value, message, advice in _other_losses(logits, b.labels, wanted):
        if np.allclose(losses, value, rtol=LOSS_TOLERANCE):
            return Finding(message, f"{wanted:.4f}", f"{losses[0]:.4f}", advice, key)
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
    model = build(grading, framework, sizes)
    b = trial(grading, framework)
    model.set_weights(b.start)
    scattered = [model.forward(b.token_ids, training=True, seed=seed) for seed in (1, 2)]
    if Tolerance().agrees(*scattered):
        return  # the model has no dropout: that is task 2's to say
    model.set_training(False)
    settings = {"epochs": 2, "batch_size": BATCH, "learning_rate": NO_LEARNING, "seed": 5}
    losses = model.fit(b.token_ids, b.labels, **settings).losses
    still = cross_entropy(model.forward(b.token_ids, training=False), b.labels)
    if np.allclose(losses, still, rtol=1e-5):
        raise SubmissionError(
            Finding(
                "Dropout is off while fit trains.",
                expected="a loss that dropout makes vary",
                found=f"exactly the loss without dropout, {still:.4f}, in each epoch",
                advice="PyTorch: call model.train() at the beginning of fit. Keras: training=True in your own loop.",
                misconception="fit-in-eval-mode",
            )
        )
