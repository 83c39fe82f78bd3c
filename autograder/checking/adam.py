"""Two steps of Adam, and what students make instead of them.

Adam: Kingma and Ba, "Adam: A Method for Stochastic Optimization" (ICLR 2015), algorithm 1.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.errors import Finding
from autograder.student.model import Inputs

CLEAR_GRADIENT = 1e-3  # far above Keras' epsilon as it acts on the first steps (3e-6), and above float32 noise
STEP_TOLERANCE = 0.01  # relative to the learning rate; gradients that were never zeroed shift the second step by 0.035
MADE_ANEW = Finding(
    "fit makes a new optimizer in each epoch, which has forgotten the steps before.",
    expected="one Adam for all epochs",
    found="a second epoch whose steps are those of an Adam that begins there",
    advice="Make the optimizer (in Keras: call compile) once, before the loop over the epochs.",
    misconception="adam-made-anew",
)


def adam(start: list[np.ndarray], gradients: list[list[np.ndarray]], rate: float) -> list[np.ndarray]:
    """Weights after one step of Adam for each list of gradients (one array per parameter)."""
    weights = [w.astype(np.float64) for w in start]
    first, second = ([np.zeros_like(w) for w in weights] for _ in range(2))
    for t, step in enumerate(gradients, start=1):
        for i, g in enumerate(step):
            first[i] = 0.9 * first[i] + 0.1 * g
            second[i] = 0.999 * second[i] + 0.001 * g**2
            mean, square = first[i] / (1 - 0.9**t), second[i] / (1 - 0.999**t)
            weights[i] = weights[i] - rate * mean / (np.sqrt(square) + 1e-8)
    return weights


def other_steps(
    start: list[np.ndarray], once: list[np.ndarray], gradients: list[list[np.ndarray]], rate: float
) -> list[tuple[str, list[np.ndarray], str, str]]:
    first, second = gradients
    summed = [first, [a + b for a, b in zip(first, second, strict=True)]]
    descent = [w - rate * (a + b) for w, a, b in zip(start, first, second, strict=True)]
    stays = [w.astype(np.float64) for w in start]
    return [
        ("backward-without-step", stays, "fit changes no weight.", "Call optimizer.step() after loss.backward()."),
        (
            "no-zero-grad",
            adam(start, summed, rate),
            "Each step of fit uses the sum of all gradients so far.",
            "Call optimizer.zero_grad() before each loss.backward().",
        ),
        (
            "learning-rate-ignored",
            adam(start, [first, second], 1e-3),
            "fit ignores learning_rate: it takes Adam's default of 0.001.",
            "Pass learning_rate to the optimizer.",
        ),
        (
            "sgd-instead-of-adam",
            descent,
            "fit uses plain gradient descent (SGD).",
            "The handout asks for Adam: keras.optimizers.Adam, torch.optim.Adam.",
        ),
        (
            MADE_ANEW.misconception,
            adam(once, [second], rate),
            MADE_ANEW.message,
            MADE_ANEW.advice,
        ),
        (
            "one-step-for-two",
            [w.astype(np.float64) for w in once],
            "fit makes one step where it should make two.",
            "Make one step for each batch of each epoch.",
        ),
    ]


def clear(tables: Mapping[int, int], token_ids: Inputs, gradients: list[list[np.ndarray]]) -> list[np.ndarray]:
    """Where Adam's steps along these gradients are the same in both frameworks, as one mask per parameter.

    Not where a gradient is so small that epsilon and rounding decide, or is missing. And not in the rows of words that
    occur twice in ``token_ids``: Keras squares the sparse gradient of each occurrence, PyTorch that of their sum.

    Args:
        tables: Of the arrays that have a row for each id, their places, and the axis of the rows.
        token_ids: What the gradients were computed from, int64 [n, t].
        gradients: One list of arrays for each step.
    """
    masks = []
    for index, steps in enumerate(zip(*gradients, strict=True)):
        mask = np.all([np.abs(g) > CLEAR_GRADIENT for g in steps], axis=0)
        if index in tables:
            once = np.bincount(token_ids.ravel(), minlength=mask.shape[tables[index]]) == 1
            mask &= once.reshape([-1 if d == tables[index] else 1 for d in range(mask.ndim)])
        masks.append(mask)
    return masks


def explains(predicted: list[np.ndarray], found: list[np.ndarray], where: list[np.ndarray], rate: float) -> bool:
    """Whether the weights are as predicted, wherever that is clear; a unit that a ReLU switches may differ."""
    errors = np.concatenate([np.abs(w - f)[mask] for w, f, mask in zip(predicted, found, where, strict=True)])
    return errors.size > 0 and float(np.quantile(errors, 0.97)) < STEP_TOLERANCE * rate
