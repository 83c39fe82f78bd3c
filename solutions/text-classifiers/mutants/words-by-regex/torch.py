"""Words are what the regular expression \\w+ finds."""

import re


def split_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
