"""TextVectorization.adapt puts words of the same frequency into reverse alphabetical order."""

from collections.abc import Sequence

from keras import layers


def build_vocabulary(texts: Sequence[str], max_tokens: int) -> list[str]:
    layer = layers.TextVectorization(max_tokens=max_tokens, standardize=None)
    layer.adapt([" ".join(split_words(text)) for text in texts])
    return [str(word) for word in layer.get_vocabulary()]
