"""Two ways to find code again that was copied: its lines, and what is left of it when names and spaces are changed."""

from __future__ import annotations

import keyword
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

_LENGTH = 6  # tokens of a shingle
_ANY = "name"  # stands for every name that says nothing of what it does
_TOKEN = re.compile(r"[^\W\d]\w*|\d+(?:\.\d+)?|[^\w\s]")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_SPACE = re.compile(r"\s+")

Shingle = tuple[str, ...]


def bare(line: str) -> str:
    """A line of code without its comment and white space, with one kind of quotes."""
    return squeezed(_COMMENT.sub("", line))


def squeezed(text: str) -> str:
    """A text without white space, and with one kind of quotes."""
    return _SPACE.sub("", text).replace("'", '"')


class Squeezed:
    """A whole text without white space, in which lines of code are looked for, however they are indented or joined."""

    def __init__(self, text: str) -> None:
        lines = [squeezed(line) for line in text.split("\n")]
        self._text = "".join(lines)
        self._starts = [0, *accumulate(map(len, lines))]

    def line_of(self, code: str) -> int | None:
        """The line (counted from 1) in which the squeezed code begins; None where it isn't there."""
        at = self._text.find(code)
        return None if at < 0 else bisect_right(self._starts, at)


def shingles(text: str) -> dict[Shingle, int]:
    """Runs of tokens, and the line (from 1) in which each is first seen.

    A name counts only as what it does: keywords, attributes and what is called keep theirs, all others become one. So
    renamed variables, other spaces and broken lines change nothing. Comments are left out, and so are runs in which no
    such word is left: brackets and commas are everybody's.
    """
    found: dict[Shingle, int] = {}
    tokens = list(_tokens(text))
    plain = [_plain(tokens, index) for index in range(len(tokens))]
    for index in range(len(tokens) - _LENGTH + 1):
        run = tuple(plain[index : index + _LENGTH])
        if any(_is_word(token) and token != _ANY for token in run):
            found.setdefault(run, tokens[index][1])
    return found


def contained(secret: set[Shingle], seen: Iterable[Shingle]) -> float:
    """Share of the secret's shingles that were seen (0 to 1)."""
    return len(secret.intersection(seen)) / len(secret)


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    for number, line in enumerate(text.split("\n"), 1):
        for match in _TOKEN.finditer(_COMMENT.sub("", line)):
            yield match[0], number


def _plain(tokens: list[tuple[str, int]], index: int) -> str:
    token = tokens[index][0]
    if not _is_word(token) or keyword.iskeyword(token):
        return token
    before = tokens[index - 1][0] if index else ""
    behind = tokens[index + 1][0] if index + 1 < len(tokens) else ""
    return token if before == "." or behind == "(" else _ANY


def _is_word(token: str) -> bool:
    return token[0].isalpha() or token[0] == "_"
