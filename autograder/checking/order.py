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
from autograder.checking.trial import BATCH, Labels, Trial, trial

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
    return _is_one_of([way], b.fit(b.token_ids, b.labels, epochs=1, learning_rate=RATE)[1])


def all_at_once(grading: Grading, framework: Framework) -> bool:
    """Whether ``fit`` makes one step of four texts, where ``batch_size=2`` asks for two steps of two."""
    b = trial(grading, framework)
    way = _way(b, [np.arange(EXAMPLES)])
    return _is_one_of([way], _trained(b, seed=3, epochs=1))


def _is_one_of(ways: list[_Way], found: Weights) -> bool:
    return any(explains(way.weights, found, way.where, RATE) for way in ways)


def _trained(b: Trial, seed: int, epochs: int = EPOCHS) -> Weights:
    texts, labels = b.token_ids[:EXAMPLES], b.labels[:EXAMPLES]
    return b.fit(texts, labels, epochs=epochs, batch_size=PAIR, learning_rate=RATE, seed=seed)[1]


def _ways(b: Trial) -> Iterator[_Way]:
    for split in _splits():
        yield _way(b, split * EPOCHS)


def _way(b: Trial, batches: Sequence[Labels]) -> _Way:
    """Where Adam arrives with these batches (places of texts), one step for each."""
    gradients, weights = _gradients(b, batches)
    return _Way(weights, clear(b.tables, b.token_ids[np.unique(np.concatenate(batches))], gradients))


def made_anew(grading: Grading, framework: Framework) -> bool:
    """Whether the steps of the second epoch are those of an Adam that has forgotten the first one.

    In which order the texts came is read from where the first epoch ended; then, for each order of the second, it is
    computed where an Adam that goes on arrives, and where a new one does. Where the first is the case for any order, or
    neither, nothing is said.
    """
    b = trial(grading, framework)
    seed = int(grading.rng("anew", framework.value).integers(1, 2**31))
    once, twice = _trained(b, seed, epochs=1), _trained(b, seed)
    for first in _splits():
        way = _way(b, first)
        if _is_one_of([way], once):
            break
    else:
        return False
    taken = _gradients(b, first)[0]
    seconds = [_gradients(b, second, once, before=taken) for second in _splits()]
    if any(explains(end, twice, _clear(b, [*taken, *steps]), RATE) for steps, end in seconds):
        return False
    anew = [_gradients(b, second, once) for second in _splits()]
    return any(explains(end, twice, _clear(b, steps), RATE) for steps, end in anew)


def _splits() -> Iterator[list[Labels]]:
    """The six ways to make two batches of the four texts."""
    for first in combinations(range(EXAMPLES), PAIR):
        yield [np.array(first), np.array(sorted(set(range(EXAMPLES)) - set(first)))]


def _gradients(
    b: Trial, batches: Sequence[Labels], start: Weights | None = None, before: Sequence[Weights] = ()
) -> tuple[list[Weights], Weights]:
    """The gradients of an epoch's steps, and where they lead: by an Adam that has taken those ``before``, or a new one.

    One that goes on has begun at the trial's own weights; ``start`` is where this epoch begins.
    """
    begin = b.start if start is None else start
    weights, gradients = begin, list[Weights]()
    for batch in batches:
        b.model.set_weights(weights)
        gradients.append(b.model.gradients(b.token_ids[batch], b.labels[batch]))
        weights = adam(b.start, [*before, *gradients], RATE) if before else adam(begin, gradients, RATE)
    return gradients, weights


def _clear(b: Trial, gradients: list[Weights]) -> list[np.ndarray]:
    return clear(b.tables, b.token_ids[:EXAMPLES], gradients)
