"""Words are what re.findall finds: runs of letters, digits and underscores."""

import re


def split_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
