"""A small grammar whose symbols carry a sign: the polarity of what they say.

A template such as ``"{subject} is {adj-} but {adj+}"`` says that the first adjective has the polarity opposite to the
whole and the second the same. A slot without a sign doesn't care.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from autograder.errors import InternalError

_SLOT = re.compile(r"\{(\w+)([+-]?)\}")


@dataclass(frozen=True)
class Choice:
    """Templates to choose from, each split at its slots, with the running sums of their weights (last one: 1)."""

    templates: tuple[tuple[str, ...], ...]
    cumulative: tuple[float, ...]

    def draw(self, rng: np.random.Generator) -> tuple[str, ...]:
        return self.templates[bisect_right(self.cumulative, rng.random(), hi=len(self.templates) - 1)]


Polar = tuple[Choice, Choice]  # of a negative and of a positive symbol


def weighted(rules: Mapping[str, float]) -> Choice:
    """Templates with their weights."""
    sums = list(accumulate(rules.values()))
    return Choice(tuple(tuple(_SLOT.split(t)) for t in rules), tuple(s / sums[-1] for s in sums))


def zipf(entries: str) -> Choice:
    """Comma-separated words or templates, most frequent first: the k-th has a weight of 1 / (k + 2)."""
    return weighted({entry.strip(): 1 / (k + 3) for k, entry in enumerate(entries.split(","))})


def polar(*, bad: str, good: str) -> Polar:
    """Words of either polarity, each list as for :func:`zipf`."""
    return zipf(bad), zipf(good)


def expand(symbol: str, sign: int, grammar: Sequence[Mapping[str, Choice | Polar]], rng: np.random.Generator) -> str:
    """A text that ``symbol`` stands for.

    Args:
        symbol: Name of a symbol.
        sign: Its polarity, +1 or -1.
        grammar: Where symbols are looked up, in this order.
        rng: Source of all choices; of its methods only ``random`` is used.

    Raises:
        InternalError: No such symbol.
    """
    found = next((symbols[symbol] for symbols in grammar if symbol in symbols), None)
    if found is None:
        raise InternalError(f"the grammar has no symbol {symbol!r}")
    parts = (found if isinstance(found, Choice) else found[sign > 0]).draw(rng)
    text = [parts[0]]
    for name, mark, after in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        text += [expand(name, -sign if mark == "-" else sign, grammar, rng), after]
    return "".join(text)
