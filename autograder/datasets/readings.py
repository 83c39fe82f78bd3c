"""The contract's text processing taken apart into steps, so that one step can be read wrongly at a time."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from autograder.datasets.text import PADDING, UNKNOWN

_DELETE = str.maketrans("", "", string.punctuation)


def _truth_rank(texts: list[list[str]]) -> list[str]:
    return _rank_by(texts, lambda count, word: (-count, word))


def _truth_assemble(ranked: list[str], max_tokens: int) -> list[str]:
    return [PADDING, UNKNOWN, *ranked][:max_tokens]


@dataclass(frozen=True)
class Reading:
    """One way to read the contract; the defaults are the right one. Each field is a step.

    Attributes:
        lower: Text to lower case.
        punctuation: Text without its punctuation.
        split: Text to words.
        rank: Words of all texts to the words in the vocabulary's order.
        assemble: Ranked words and max_tokens to the vocabulary.
        known: Place of a word in the vocabulary to its id.
        unknown: Number of entries to the id of a word that isn't among them; None drops the word.
        cut: Ids and length to at most length ids.
        pad: Ids and length to exactly length ids.
    """

    lower: Callable[[str], str] = str.lower
    punctuation: Callable[[str], str] = lambda text: text.translate(_DELETE)
    split: Callable[[str], list[str]] = str.split
    rank: Callable[[list[list[str]]], list[str]] = _truth_rank
    assemble: Callable[[list[str], int], list[str]] = _truth_assemble
    known: Callable[[int], int] = lambda place: place
    unknown: Callable[[int], int | None] = lambda _: 1
    cut: Callable[[list[int], int], list[int]] = lambda ids, length: ids[:length]
    pad: Callable[[list[int], int], list[int]] = lambda ids, length: ids + [0] * (length - len(ids))

    def words(self, text: str) -> list[str]:
        return self.split(self.punctuation(self.lower(text)))

    def build_vocabulary(self, texts: Iterable[str], max_tokens: int) -> list[str]:
        return self.assemble(self.rank([self.words(text) for text in texts]), max_tokens)

    def encode(self, texts: Sequence[str], vocabulary: Sequence[str], length: int) -> NDArray[np.int64]:
        ids = {word: index for index, word in enumerate(vocabulary)}
        rows = [self._row(text, ids, length) for text in texts]
        return np.array(rows, dtype=np.int64).reshape(len(texts), length)

    def _row(self, text: str, ids: Mapping[str, int], length: int) -> list[int]:
        found = [self.known(ids[word]) if word in ids else self.unknown(len(ids)) for word in self.words(text)]
        return self.pad(self.cut([i for i in found if i is not None], length), length)


# Wrong steps. Each is what a plausible line of a student's code does.


def ascii_lower(text: str) -> str:
    """What TextVectorization's tf.strings.lower does: 'CAFÉ' becomes 'cafÉ'."""
    return re.sub("[A-Z]+", lambda match: match[0].lower(), text)


def unchanged(text: str) -> str:
    return text


def punctuation_to_space(text: str) -> str:
    return text.translate(str.maketrans(string.punctuation, " " * len(string.punctuation)))


def punctuation_but_apostrophes(text: str) -> str:
    return text.translate(str.maketrans("", "", string.punctuation.replace("'", "")))


def legacy_filters(text: str) -> str:
    """What the legacy Tokenizer does by default."""
    return punctuation_to_space(text.replace("'", "\0")).replace("\0", "'")


def punctuation_at_ends(text: str) -> str:
    return re.sub(r"\S+", lambda match: match[0].strip(string.punctuation), text)


def non_word_characters(text: str) -> str:
    """Deletes curly quotes as well, and spares the underscore."""
    return re.sub(r"[^\w\s]", "", text)


def non_ascii_letters(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9\s]", "", text)


def typographic_quotes_and_dashes(text: str) -> str:
    """Deletes those that word processors write, besides string.punctuation."""
    return text.translate(_DELETE | str.maketrans("", "", "‘’“”–—…"))


def unicode_punctuation(text: str) -> str:
    """What ``unicodedata.category(c).startswith("P")`` deletes, besides string.punctuation."""
    return _without(text.translate(_DELETE), "P")


def unicode_punctuation_alone(text: str) -> str:
    """The same without string.punctuation, of which Unicode counts $+<=>^`|~ among the symbols."""
    return _without(text, "P")


def unicode_punctuation_and_symbols(text: str) -> str:
    return _without(text.translate(_DELETE), "PS")


def unicode_punctuation_to_space(text: str) -> str:
    return "".join(" " if category(c)[0] == "P" else c for c in punctuation_to_space(text))


def _without(text: str, classes: str) -> str:
    """Text without the characters of these classes of Unicode, the first letters of their categories."""
    return "".join(character for character in text if category(character)[0] not in classes)


def digits_as_well(text: str) -> str:
    return re.sub(r"\d", "", text.translate(_DELETE))


def not_alphanumeric(text: str) -> str:
    """What ``c.isalnum()`` deletes: an underscore as well."""
    return "".join(c for c in text if c.isalnum() or c.isspace())


def not_alphabetic(text: str) -> str:
    return "".join(c for c in text if c.isalpha() or c.isspace())


def runs_of_word_characters(text: str) -> str:
    r"""What ``re.findall(r"\w+", text)`` leaves: it splits a word at what it doesn't match."""
    return re.sub(r"\W", " ", text)


def runs_of_ascii_letters_and_digits(text: str) -> str:
    """What ``re.findall("[a-z0-9]+", text)`` leaves."""
    return re.sub(r"[^A-Za-z0-9]", " ", text)


def split_at_each_space(text: str) -> list[str]:
    return text.split(" ")


def split_at_spaces_only(text: str) -> list[str]:
    return [word for word in text.split(" ") if word]


def _rank_by(texts: list[list[str]], key: Callable[[int, str], tuple[int, str]]) -> list[str]:
    """Sorts the words by what ``key`` makes of their count and themselves; equal ones stay as they came."""
    counts = Counter(word for text in texts for word in text)
    return sorted(counts, key=lambda word: key(counts[word], word))


def rank_ties_by_appearance(texts: list[list[str]]) -> list[str]:
    """Counter.most_common, and the legacy Tokenizer: sorting is stable, so ties stay as they came."""
    return _rank_by(texts, lambda count, _: (-count, ""))


def rank_ties_reversed(texts: list[list[str]]) -> list[str]:
    """TextVectorization.adapt, and sorted(..., reverse=True) over pairs of count and word."""
    return rank_rare_first(texts)[::-1]


def rank_rare_first(texts: list[list[str]]) -> list[str]:
    return _rank_by(texts, lambda count, word: (count, word))


def rank_alphabetical(texts: list[list[str]]) -> list[str]:
    return _rank_by(texts, lambda _, word: (0, word))


def rank_by_texts(texts: list[list[str]]) -> list[str]:
    return _truth_rank([list(dict.fromkeys(text)) for text in texts])
