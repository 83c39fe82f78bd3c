"""A word outside the vocabulary gets the id of padding."""

from collections.abc import Sequence

import numpy as np


def encode(texts: Sequence[str], vocabulary: Sequence[str], length: int) -> np.ndarray:
    id_of = {word: token_id for token_id, word in enumerate(vocabulary)}
    token_ids = np.full((len(texts), length), id_of[PADDING], dtype=np.int64)
    for row, text in zip(token_ids, texts, strict=True):
        words = split_words(text)[:length]
        row[: len(words)] = [id_of.get(word, 0) for word in words]
    return token_ids
