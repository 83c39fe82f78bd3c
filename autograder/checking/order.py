"""In which order the texts come, and whether it is a new one in each epoch: told from the way that Adam takes.

Four texts make two batches of two, in one of six ways (which two come first; the order within a batch changes nothing).
For each way the grader takes Adam's steps by itself, two epochs long and the same way in both, from the gradients of
the student's model. If ``fit`` arrives at the weights of one of these six, both epochs had one order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from autograder.blueprint import Framework
from autograder.checking.adam import adam, clear, explains
from autograder.checking.grading import Grading
from autograder.checking.trial import BATCH, Labels, Trial, fit, trial

EXAMPLES, PAIR, EPOCHS = 4, 2, 2
RATE = 3e-3
# A right solution takes the same of the six ways in both epochs once in 6 times; with each of 7 seeds, which the grader
# draws, once in 6**7 = 279,936 times. So often is it accused wrongly, and no more. Most are cleared by the first seed.
SEEDS = 7

Weights = list[np.ndarray]


@dataclass(frozen=True)
class _Way:
    """Where Adam arrives, and where in the weights that can be compared."""

    weights: Weights
    where: list[np.ndarray]


def one_order(grading: Grading, framework: Framework) -> bool:
    """Whether ``fit`` takes the texts in the same order in each epoch, with every seed that was tried."""
    b = trial(grading, framework)
    seeds = grading.rng("order", framework.value).integers(1, 2**31, SEEDS).tolist()
    ways = list(_ways(b))
    return all(_is_one_of(ways, _trained(b, seed)) for seed in seeds)


def as_given(grading: Grading, framework: Framework) -> bool:
    """Whether ``fit`` takes the texts in the order in which it gets them, for one epoch.

    No other order that is drawn gives these batches but once in millions of times.
    """
    b = trial(grading, framework)
    texts = np.arange(len(b.labels))
    way = _way(b, [texts[start : start + BATCH] for start in texts[::BATCH]])
    fit(b, epochs=1, learning_rate=RATE)
    return _is_one_of([way], b.model.weights())


def all_at_once(grading: Grading, framework: Framework) -> bool:
    """Whether ``fit`` makes one step of four texts, where ``batch_size=2`` asks for two steps of two."""
    b = trial(grading, framework)
    way = _way(b, [np.arange(EXAMPLES)])
    return _is_one_of([way], _trained(b, seed=3, epochs=1))


def _is_one_of(ways: list[_Way], found: Weights) -> bool:
    return any(explains(way.weights, found, way.where, RATE) for way in ways)


def _trained(b: Trial, seed: int, epochs: int = EPOCHS) -> Weights:
    b.model.set_weights(b.start)
    settings = {"epochs": epochs, "batch_size": PAIR, "learning_rate": RATE, "seed": seed}
    b.model.fit(b.token_ids[:EXAMPLES], b.labels[:EXAMPLES], **settings)
    return b.model.weights()


def _ways(b: Trial) -> Iterator[_Way]:
    for first in combinations(range(EXAMPLES), PAIR):
        second = tuple(set(range(EXAMPLES)) - set(first))
        yield _way(b, [np.array(pair) for pair in (first, second) * EPOCHS])


def _way(b: Trial, batches: Sequence[Labels]) -> _Way:
    """Where Adam arrives with these batches (places of texts), one step for each."""
    weights: Weights = b.start
    gradients: list[Weights] = []
    for batch in batches:
        b.model.set_weights(weights)
        gradients.append(b.model.gradients(b.token_ids[batch], b.labels[batch]))
        weights = adam(b.start, gradients, RATE)
    return _Way(weights, clear(b.model, b.token_ids[np.unique(np.concatenate(batches))], gradients))
