"""Where zeros fall: what dropout does to single features, which an output layer of the grader's choice lets through.

Each class is given one feature and a bias of its own. In training its logit then has two values: the bias where the
feature was dropped, or the bias and the feature, scaled up. No other place, rate or scale of dropout gives these two at
the right share, whatever the variance of the logits comes to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autograder.blueprint import Blueprint, Chain, Dense, Dropout, Layer, Weights
from autograder.student.model import Floats, Inputs

SMALLEST = 0.01  # a feature that shows: a hundred times the tolerance
SAME = 1e-4  # of two numbers of order 1 in float32
SIGMAS = 6.0  # of a share, and of how often two features are dropped together
LEAST = 0.005  # share of zeros that are no accident


@dataclass(frozen=True)
class Window:
    """An output layer through which features show, one in each class.

    Attributes:
        weights: The model's, with that output layer.
        biases: Of the classes, float64 [num_classes].
        features: Of the one text, float64 [shown]; the first classes show them.
    """

    weights: Weights
    biases: Floats
    features: Floats


@dataclass(frozen=True)
class Seen:
    """What dropout was seen to do to the features, where it has a rate: drop a share, and scale up the others.

    Attributes:
        shares: Of the repeats in which a feature was dropped, float64 [shown].
        scale: By which the others are multiplied.
        repeats: How often the text was repeated.
    """

    shares: Floats
    scale: float
    repeats: int

    @property
    def rate(self) -> float:
        """The rate that goes with the scale."""
        return 1 - 1 / self.scale

    def drops(self, rate: float) -> bool:
        """Whether each feature was dropped as often as this rate says, but for chance."""
        error = np.sqrt(rate * (1 - rate) / self.repeats)
        return bool((np.abs(self.shares - rate) <= SIGMAS * error).all())

    def is_dropout(self, rate: float) -> bool:
        return abs(self.scale * (1 - rate) - 1) <= 10 * SAME and self.drops(rate)


def window(blueprint: Blueprint, weights: Weights, text: Inputs) -> Window | None:
    """The output layer that shows the largest features of one text, int64 [1, t].

    None where no single feature can be seen: dropout isn't right in front of an output layer with a bias, something
    stands behind that layer, or no feature differs from zero.
    """
    before, dense = _last_two(blueprint.model)
    if not isinstance(before, Dropout) or not isinstance(dense, Dense) or not dense.use_bias or blueprint.ends:
        return None
    kernel, bias = f"{dense.name}.kernel", f"{dense.name}.bias"
    size, classes = weights[kernel].reshape(-1, dense.units).shape
    biases = 1 + np.arange(classes) / classes  # none is 0, so that a logit which dropout sets to 0 shows

    def through(chosen: np.ndarray) -> Weights:
        shown = np.zeros((size, classes))
        shown[chosen, np.arange(len(chosen))] = 1
        return {**weights, kernel: shown.reshape(weights[kernel].shape), bias: biases}

    parts = [np.arange(start, min(start + classes, size)) for start in range(0, size, classes)]
    features = np.concatenate([(blueprint.forward(through(p), text)[0] - biases)[: len(p)] for p in parts])
    largest = np.argsort(-np.abs(features), kind="stable")[:classes]
    largest = largest[np.abs(features[largest]) >= SMALLEST]
    return Window(through(largest), biases, features[largest]) if len(largest) else None


def _last_two(model: Layer) -> tuple[Layer | None, Layer | None]:
    leaves = list(_leaves(model))
    return (leaves[-2], leaves[-1]) if len(leaves) > 1 else (None, None)


def _leaves(layer: Layer) -> Iterator[Layer]:
    for inner in layer.layers if isinstance(layer, Chain) else ():
        yield from _leaves(inner)
    if not isinstance(layer, Chain):
        yield layer


def drops_logits(given: Window, found: Floats) -> bool:
    """Whether logits, float64 [repeats, num_classes], are 0 that no feature makes 0, in every class that can tell."""
    features = np.concatenate([given.features, np.zeros(len(given.biases) - len(given.features))])
    telling = np.abs(given.biases + features) > SMALLEST
    zeros: Floats = (np.abs(found[:, telling]) <= SAME * SMALLEST).mean(axis=0)
    return bool(telling.any() and (zeros >= LEAST).all())


def what_is_dropped(given: Window, found: Floats) -> Seen | None:
    """What the logits of one text, repeated, show; None where it isn't single features that are dropped, each alone."""
    added = found[:, : len(given.features)] - given.biases[: len(given.features)]
    dropped = np.abs(added) <= SAME
    scaled = np.where(dropped, np.nan, added / given.features)
    if dropped.all(axis=0).any() or not dropped.any(axis=0).all() or _together(dropped):
        return None
    scale = float(np.nanmedian(scaled))
    error = SAME * (1 + np.abs(given.biases[: len(given.features)] / given.features) + abs(scale))
    if scale <= 0 or (np.abs(scaled - scale) > error)[~dropped].any():
        return None
    return Seen(dropped.mean(axis=0), scale, len(found))


def _together(dropped: npt.NDArray[np.bool_]) -> bool:
    """Whether two features are dropped together more or less often than chance has it."""
    n, shares = len(dropped), dropped.mean(axis=0)
    both = dropped.T.astype(np.float64) @ dropped / n
    chance = np.outer(shares, shares)
    apart = np.abs(both - chance) / np.sqrt(chance * (1 - chance) / n)
    np.fill_diagonal(apart, 0)
    return bool((apart > SIGMAS).any())
