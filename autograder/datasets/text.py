"""From text to token ids, by the contract that students implement twice.

This is the grader's own version: what a student's ``build_vocabulary`` and ``encode`` are compared with.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

PADDING, UNKNOWN = "", "[UNK]"  # entries 0 and 1 of every vocabulary
FIRST_WORD = 2  # ids from here on are words

_DELETE_PUNCTUATION = str.maketrans("", "", string.punctuation)


def words(text: str) -> list[str]:
    """The words of one text: lower case, no ASCII punctuation, split at white space.

    Lower-casing is Python's; characters outside ``string.punctuation`` (accents, curly quotes) stay as they are.
    """
    return text.lower().translate(_DELETE_PUNCTUATION).split()


def build_vocabulary(texts: Iterable[str], max_tokens: int) -> list[str]:
    """Padding, unknown, then the most frequent words; ties in alphabetical order (of code points).

    Args:
        texts: The texts to train on.
        max_tokens: Upper limit for the length of the list, both special entries included.
    """
    counts = Counter(word for text in texts for word in words(text))
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return [PADDING, UNKNOWN, *ranked][:max_tokens]


def encode(texts: Sequence[str], vocabulary: Sequence[str], length: int) -> NDArray[np.int64]:
    """Token ids of ``texts``, int64 [n, length]: 0 is padding (on the right), 1 a word that the vocabulary lacks.

    Args:
        texts: n texts, of any length; an empty one becomes a row of padding.
        vocabulary: As :func:`build_vocabulary` makes it; a word's id is its place in the list.
        length: Number of columns; what is longer loses its last words.
    """
    ids = {word: index for index, word in enumerate(vocabulary)}
    encoded = np.zeros((len(texts), length), dtype=np.int64)
    for row, text in zip(encoded, texts, strict=True):
        found = [ids.get(word, 1) for word in words(text)[:length]]
        row[: len(found)] = found
    return encoded
