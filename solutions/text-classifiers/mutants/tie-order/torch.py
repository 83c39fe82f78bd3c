"""Counter.most_common leaves words of the same frequency in the order in which they came."""

from collections import Counter
from collections.abc import Sequence


def build_vocabulary(texts: Sequence[str], max_tokens: int) -> list[str]:
    counts = Counter(word for text in texts for word in split_words(text))
    most_frequent_first = [word for word, _ in counts.most_common(max_tokens - 2)]
    return [PADDING, UNKNOWN, *most_frequent_first]
