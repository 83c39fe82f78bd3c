"""A handful of texts on which every known misreading of the text contract shows."""

from __future__ import annotations

import numpy as np

TRICKY_MAX_TOKENS = 14
"""Vocabulary size to ask for with :func:`tricky_texts`: some of their words stay outside."""

TRICKY_LENGTH = 7
"""Number of ids to ask for with :func:`tricky_texts`: some texts are longer, most are shorter."""

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


def tricky_texts(rng: np.random.Generator) -> tuple[str, ...]:
    """Texts of made-up words, different in each draw, so that their ids can't be learned by heart.

    Among them are an empty text and one of punctuation alone, ties, capital letters, apostrophes, hyphens, curly
    quotes, accents, digits, other symbols, tabs, line ends, double spaces, words too rare for the vocabulary and texts
    that are too long.

    Every mistake of ``VOCABULARY_MISTAKES`` and ``ENCODING_MISTAKES`` gives something else on them than the contract,
    and something else than every other mistake, asked for a few entries and for all.
    """
    first, second, third, common, often, twice, left, right, *rare = _made_up_words(rng, 22)
    *rare, price, year, quoted, added, accented, inverted = rare
    return (
        f"{second.title()} {common}, {often}.  {first}\t{common} {third}!",  # ties: neither in order nor in reverse
        "",
        f"{often} {often} {often} {often}, {common}",  # frequent, but in few texts
        f"{common.upper()}\n{left}'{right} {common} {left}'{right}",
        f"CAFÉ {common} Café {left}-{right} {left}-{right} café",
        "?! ... --",
        f"“{twice}” {common} {left}_{right} {twice}’s {left}_{right} {twice}’s {common} {twice}",
        f"{' '.join(rare)} {common} {first} {second} {third}",
        f"{price}€ {year}7 {quoted}… {added}+{right} {accented}\u0301 ¿{inverted}",  # symbols, digits, marks of Unicode
        f" {common} {rare[0].title()}; ({third}) {second}: {first}",
    )


def _made_up_words(rng: np.random.Generator, n: int) -> list[str]:
    """``n`` different words of three syllables; the first three are in alphabetical order."""
    words: dict[str, None] = {}
    while len(words) < n:
        syllables = [_letter(rng, _CONSONANTS) + _letter(rng, _VOWELS) for _ in range(3)]
        words["".join(syllables)] = None
    drawn = list(words)
    return [*sorted(drawn[:3]), *drawn[3:]]


def _letter(rng: np.random.Generator, letters: str) -> str:
    return letters[int(rng.integers(len(letters)))]
