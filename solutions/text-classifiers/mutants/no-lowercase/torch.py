"""Capital letters are kept."""

import string


def split_words(text: str) -> list[str]:
    without_punctuation = text.translate(str.maketrans("", "", string.punctuation))
    return without_punctuation.split()
