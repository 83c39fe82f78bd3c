"""Mistakes in the number of words of a text: one too few or too many, none taken for one, texts sorted by it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from autograder.blueprint.composition import Chain
from autograder.blueprint.layer import Activations, Layer, Misconception, Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograder.blueprint.layer import Run
    from autograder.blueprint.signal import Signal

Mask = npt.NDArray[np.bool_]

ONE_WORD_SHORT = Misconception(
    "one-word-short", "stops one word too early; the handout asks for the state after the last word"
)
ONE_STEP_ON = Misconception(
    "one-step-on", "goes one step further than the last word, into the padding; the handout's model stops at that word"
)
EMPTY_READS_PADDING = Misconception(
    "empty-text-reads-padding",
    "reads one step of padding where a text has no words (lengths clamped to 1); the handout's state is then zero",
)
EMPTY_READS_ALL = Misconception(
    "empty-text-reads-to-end",
    "reads all of the padding where a text has no words (its index, length - 1, is -1 then: the last position); the"
    " handout's state is then zero",
)
SORTED = Misconception(
    "sorted-not-unsorted",
    "sorts the texts by length to pack them, and leaves their states in that order: each text gets another one's"
    " logits. Undo the sorting, or pack with enforce_sorted=False",
)


def miscounted(layer: Layer) -> Iterator[Mistake]:
    """Mistakes around a layer that goes over the words alone."""
    yield Mistake(EMPTY_READS_PADDING, Chain(_EmptyReadsOne(), layer))
    yield Mistake(EMPTY_READS_ALL, Chain(_EmptyReadsAll(), layer))
    yield Mistake(ONE_WORD_SHORT, Chain(_OneFewer(), layer))
    yield Mistake(ONE_STEP_ON, Chain(_OneMore(), layer))
    yield Mistake(SORTED, Chain(_Sorted(), layer))


@dataclass(frozen=True)
class _Aside(Layer):
    """A layer that leaves the kind of its signal as it is."""

    def output(self, signal: Signal, /) -> Signal:
        return signal


@dataclass(frozen=True)
class _Counted(_Aside):
    """Other steps count as words."""

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        return x if x.mask is None else Activations(x.values, self.counted(x.mask))

    @abstractmethod
    def counted(self, mask: Mask) -> Mask:
        """Which steps count, bool [n, t], from those that are words."""


@dataclass(frozen=True)
class _EmptyReadsOne(_Counted):
    @property
    def words(self) -> str:
        return "at least one step"

    def counted(self, mask: Mask) -> Mask:
        mask = mask.copy()
        mask[~mask.any(axis=1), :1] = True
        return mask


@dataclass(frozen=True)
class _EmptyReadsAll(_Counted):
    @property
    def words(self) -> str:
        return "all steps where there is no word"

    def counted(self, mask: Mask) -> Mask:
        return mask | ~mask.any(axis=1, keepdims=True)


@dataclass(frozen=True)
class _OneFewer(_Counted):
    """The last word is left out, unless it is the only one."""

    @property
    def words(self) -> str:
        return "without the last word"

    def counted(self, mask: Mask) -> Mask:
        last = mask & ~_shifted(mask, -1)
        only: Mask = mask.sum(axis=1, keepdims=True) == 1
        return mask & (~last | only)


@dataclass(frozen=True)
class _OneMore(_Counted):
    @property
    def words(self) -> str:
        return "one step more"

    def counted(self, mask: Mask) -> Mask:
        return mask | _shifted(mask, 1)


def _shifted(mask: Mask, by: int) -> Mask:
    """The mask one step later (1) or earlier (-1)."""
    moved = np.zeros_like(mask)
    if by > 0:
        moved[:, by:] = mask[:, :-by]
    else:
        moved[:, :by] = mask[:, -by:]
    return moved


@dataclass(frozen=True)
class _Sorted(_Aside):
    """The examples, the longest text first."""

    @property
    def words(self) -> str:
        return "sorted by length"

    @property
    def mixes_examples(self) -> bool:
        return True

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        if x.mask is None:
            return x
        order: npt.NDArray[Any] = np.argsort(-x.mask.sum(axis=1), kind="stable")
        return Activations(x.values[order], x.mask[order])
