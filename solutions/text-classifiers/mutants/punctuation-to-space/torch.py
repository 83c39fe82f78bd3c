"""Punctuation becomes a space, so that 'well-made' falls into two words."""

import string


def split_words(text: str) -> list[str]:
    spaces = " " * len(string.punctuation)
    return text.lower().translate(str.maketrans(string.punctuation, spaces)).split()
