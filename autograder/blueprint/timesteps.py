"""The way of a recurrent layer over a batch: step by step, and at each step over the texts that have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograder.blueprint.parameter import Array


def packed(values: Array, mask: npt.NDArray[np.bool_]) -> Array:
    """The vectors of all steps that count, [words, c]: those of step 0 first, then those of step 1, and so on."""
    chosen: Array = values.transpose(1, 0, 2)[mask.T]
    return chosen


def walk(mask: npt.NDArray[np.bool_], *, backwards: bool) -> Iterator[tuple[int, npt.NDArray[Any] | slice, slice]]:
    """Each step that counts for some text: its number, the texts (rows), and where `packed` has their vectors.

    Args:
        mask: bool [n, t], True where a step counts.
        backwards: Whether to begin at the end.
    """
    ends = mask.sum(axis=0).cumsum()
    for step in range(mask.shape[1])[:: -1 if backwards else 1]:
        rows = np.flatnonzero(mask[:, step])
        if rows.size:
            where = slice(int(ends[step]) - rows.size, int(ends[step]))
            yield step, rows if rows.size < len(mask) else slice(None), where
