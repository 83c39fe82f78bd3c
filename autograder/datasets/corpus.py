"""Labelled short reviews, made by a grammar: offline, in any number, and free of licence questions."""

from __future__ import annotations

import re

import numpy as np

from autograder.datasets.dataset import Dataset, Split
from autograder.datasets.grammar import expand
from autograder.datasets.lexicon import WORDS
from autograder.datasets.reviews import REVIEW
from autograder.datasets.text import words
from autograder.datasets.topics import TOPICS
from autograder.errors import AssignmentError

CLASSES = ("negative", "positive")
_SHORTEST, _LONGEST = 4, 30  # words

_SENTENCE_START = re.compile(r"(^|[.!?] )([a-zà-ÿ])")
_A_BEFORE_VOWEL = re.compile(r"\b(a) (?!use)(?=[aeiou])", re.IGNORECASE)  # a user-friendly, an old, An Island


def builtin(*, train: int, test: int, seed: int) -> Dataset:
    """Reviews of films, restaurants, books and gadgets, labelled negative or positive (half and half).

    The test texts depend on ``seed`` and ``test`` alone; no two texts of a dataset have the same words.

    Args:
        train: Number of texts to train on.
        test: Number of texts to test on.
        seed: Not negative; the same seed gives the same texts.

    Raises:
        AssignmentError: A negative seed, or too few texts to train on for both classes.
    """
    if seed < 0:
        raise AssignmentError(f"built-in reviews: seed = {seed}; use 0 or more")
    seen: set[tuple[str, ...]] = set()
    hidden = _split(test, np.random.Generator(np.random.PCG64([seed, 0])), seen)
    shown = _split(train, np.random.Generator(np.random.PCG64([seed, 1])), seen)
    return Dataset("built-in reviews", CLASSES, shown, hidden)


def _split(n: int, rng: np.random.Generator, seen: set[tuple[str, ...]]) -> Split:
    labels = (np.argsort(rng.random(n), kind="stable") % 2).astype(np.int64)
    return Split(tuple(_unseen(int(label), rng, seen) for label in labels), labels)


def _unseen(label: int, rng: np.random.Generator, seen: set[tuple[str, ...]]) -> str:
    while True:
        text = review(label, rng)
        key = tuple(words(text))
        if key not in seen and _SHORTEST <= len(key) <= _LONGEST:
            seen.add(key)
            return text


def review(label: int, rng: np.random.Generator, symbol: str = "review") -> str:
    """One review; ``label`` is an index into ``CLASSES``, ``symbol`` a symbol of the grammar."""
    topic = TOPICS[int(rng.integers(len(TOPICS)))]
    text = expand(symbol, 1 if label else -1, (topic, REVIEW, WORDS), rng)
    text = _A_BEFORE_VOWEL.sub(r"\1n ", text)
    return _SENTENCE_START.sub(lambda match: match[1] + match[2].upper(), text)
