"""Everything that is no letter and no digit is deleted."""


def split_words(text: str) -> list[str]:
    return "".join(c for c in text.lower() if c.isalnum() or c.isspace()).split()
