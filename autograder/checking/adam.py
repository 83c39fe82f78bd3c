"""Two steps of Adam, and what students make instead of them.

Adam: Kingma and Ba, "Adam: A Method for Stochastic Optimization" (ICLR 2015), algorithm 1.
"""

from __future__ import annotations

import numpy as np


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
            "one-step-for-two",
            [w.astype(np.float64) for w in once],
            "fit makes one step where it should make two.",
            "Make one step for each batch of each epoch.",
        ),
    ]
