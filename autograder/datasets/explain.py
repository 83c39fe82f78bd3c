"""The search for the misreading that explains what a student's function gave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.datasets.mistakes import ENCODING_MISTAKES, VOCABULARY_MISTAKES, WORD_MISTAKES, TextMistake
from autograder.datasets.readings import Reading
from autograder.datasets.text import PADDING, UNKNOWN


@dataclass(frozen=True)
class Listed:
    """What ``build_vocabulary`` gave for these texts."""

    texts: Sequence[str]
    max_tokens: int
    entries: Sequence[str]

    @property
    def is_right(self) -> bool:
        return self.is_from(Reading())

    def is_from(self, reading: Reading | TextMistake) -> bool:
        return reading.build_vocabulary(self.texts, self.max_tokens) == [str(entry) for entry in self.entries]


@dataclass(frozen=True)
class Encoded:
    """What ``encode`` gave for these texts: ids [n, length]."""

    texts: Sequence[str]
    vocabulary: Sequence[str]
    length: int
    ids: NDArray[Any]

    @property
    def is_right(self) -> bool:
        return self.is_from(Reading())

    def is_from(self, reading: Reading | TextMistake) -> bool:
        return np.array_equal(reading.encode(self.texts, self.vocabulary, self.length), self.ids)


def explain_vocabulary(*seen: Listed) -> TextMistake | None:
    """What is certainly wrong with a function that gave all this; None if nothing is, or nobody knows.

    The simplest explanations are looked for: a single mistake, or else a pair of them, that makes exactly what was
    seen. If several pairs do, only what they have in common is said.
    """
    return _explain(VOCABULARY_MISTAKES, seen)


def explain_encoding(*seen: Encoded) -> TextMistake | None:
    """As :func:`explain_vocabulary`, of ``encode``."""
    return _explain(ENCODING_MISTAKES, seen)


def words_of_all_readings(texts: Sequence[str]) -> list[str]:
    """A vocabulary with which ids tell all readings of words apart: of each of them it holds all the words."""
    readings_of_words = (Reading(), *WORD_MISTAKES)
    found = {word for reading in readings_of_words for one in texts for word in reading.words(one)}
    return [PADDING, UNKNOWN, *sorted(found - {PADDING, UNKNOWN})]


def _explain(mistakes: tuple[TextMistake, ...], seen: Sequence[Listed | Encoded]) -> TextMistake | None:
    if all(one.is_right for one in seen):
        return None
    for number in (1, 2):
        explained = [group for group in _at_once(mistakes, number) if _makes(group, seen)]
        if explained:
            common = [m for m in explained[0] if all(m in group for group in explained)]
            return _together(common) if common else None
    return None


def _makes(group: tuple[TextMistake, ...], seen: Sequence[Listed | Encoded]) -> bool:
    mistake = _together(group)
    return all(one.is_from(mistake) for one in seen)


def _at_once(mistakes: tuple[TextMistake, ...], number: int) -> Iterator[tuple[TextMistake, ...]]:
    """Groups of mistakes that can be made together: no two of them change the same step."""
    for group in combinations(mistakes, number):
        changed = [step for mistake in group for step in mistake.steps]
        if len(changed) == len(set(changed)):
            yield group


def _together(group: Sequence[TextMistake]) -> TextMistake:
    return reduce(TextMistake.and_also, group)
