"""Two spaces have an empty word between them, and tabs don't separate words."""

import string


def split_words(text: str) -> list[str]:
    without_punctuation = text.lower().translate(str.maketrans("", "", string.punctuation))
    return without_punctuation.split(" ")
