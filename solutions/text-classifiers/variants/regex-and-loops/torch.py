"""Regular expressions, dictionaries and loops for the text; padding row by row."""

import re
import string
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

PUNCTUATION = re.compile("[" + re.escape(string.punctuation) + "]")


def tokenize(text: str) -> list[str]:
    return PUNCTUATION.sub("", text).lower().split()


def build_vocabulary(texts: Sequence[str], max_tokens: int) -> list[str]:
    frequency = defaultdict(int)
    for text in texts:
        for word in tokenize(text):
            frequency[word] += 1
    pairs = sorted(frequency.items())  # alphabetical; the next sort is stable
    pairs.sort(key=lambda pair: pair[1], reverse=True)
    return ["", "[UNK]"] + [word for word, _ in pairs[: max_tokens - 2]]


def encode(texts: Sequence[str], vocabulary: Sequence[str], length: int) -> np.ndarray:
    index = dict(zip(vocabulary, range(len(vocabulary)), strict=True))
    rows = []
    for text in texts:
        row = [index[word] if word in index else 1 for word in tokenize(text)]
        row += [0] * length
        rows.append(row[:length])
    return np.array(rows, dtype="int64").reshape(-1, length)
