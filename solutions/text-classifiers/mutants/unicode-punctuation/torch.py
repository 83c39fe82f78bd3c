"""All punctuation of Unicode is deleted (category P), curly quotes and dashes too."""

import string
import unicodedata


def split_words(text: str) -> list[str]:
    return "".join(c for c in text.lower() if c not in string.punctuation and unicodedata.category(c)[0] != "P").split()
