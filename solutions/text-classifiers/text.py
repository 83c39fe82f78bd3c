"""Task 1 of the text classifiers, the same in both frameworks: text to ids."""

import string
from collections import Counter
from collections.abc import Sequence

import numpy as np

PADDING, UNKNOWN = "", "[UNK]"

### BEGIN PART


def split_words(text: str) -> list[str]:
    """Split a text into words: `"Don't  panic!"` becomes `["dont", "panic"]`.

    Task 1.1, about 2 lines:
    - lower-case the text, as `str.lower` does;
    - delete every character of `string.punctuation` (delete: nothing takes its place);
    - split at white space, however long. An empty text has no words.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 1.1: split a text into words")
    without_punctuation = text.lower().translate(str.maketrans("", "", string.punctuation))
    return without_punctuation.split()
    ### END SOLUTION


def build_vocabulary(texts: Sequence[str], max_tokens: int) -> list[str]:
    """List the words that the model will know; a word's id is its place in the list.

    Args:
        texts: The training texts.
        max_tokens: Most entries that the vocabulary may have, padding and unknown included.

    Task 1.1, about 3 lines:
    - entry 0 is PADDING, entry 1 is UNKNOWN;
    - then come the words of `split_words`, the most frequent first;
    - words that are equally frequent come in alphabetical order (Python's order of strings).
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 1.1: build the vocabulary")
    counts = Counter(word for text in texts for word in split_words(text))
    most_frequent_first = sorted(counts, key=lambda word: (-counts[word], word))
    return [PADDING, UNKNOWN, *most_frequent_first][:max_tokens]
    ### END SOLUTION


def encode(texts: Sequence[str], vocabulary: Sequence[str], length: int) -> np.ndarray:
    """Turn texts into token ids.

    Returns:
        int64 array [n, length], one row for each text.

    Task 1.2, about 6 lines:
    - a word's id is its place in the vocabulary; a word that isn't there gets the id of UNKNOWN;
    - a text of fewer than `length` words is padded on the right with the id of PADDING;
    - a text of more words is cut: its first `length` words stay.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 1.2: encode texts as token ids")
    id_of = {word: token_id for token_id, word in enumerate(vocabulary)}
    token_ids = np.full((len(texts), length), id_of[PADDING], dtype=np.int64)
    for row, text in zip(token_ids, texts, strict=True):
        words = split_words(text)[:length]
        row[: len(words)] = [id_of.get(word, id_of[UNKNOWN]) for word in words]
    return token_ids
    ### END SOLUTION
