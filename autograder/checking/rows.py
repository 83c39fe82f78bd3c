"""Outputs compared as sets of rows: the right ones, but in another order, or some of them again and others never."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from autograder.blueprint import Tolerance
from autograder.errors import Finding
from autograder.student.model import Floats, Inputs

_ADVICE = "Return the output of example i in row i."


def other_rows(inputs: Inputs, logits: Floats, *found: Floats) -> Finding | None:
    """What to say of outputs that are rows of the model's own, float64 [n, num_classes], in other places.

    Args:
        inputs: What they are outputs for: token ids [n, t], padding behind the words, or anything else.
        logits: The model's own outputs, row by row those of the inputs.
        found: The outputs of one call of ``predict`` or of several.

    Returns:
        None if all are right, or one holds a row that is none of the model's.
    """
    places = [_places(logits, one) for one in found]
    known = [p for p in places if p is not None]
    if len(known) < len(places) or all(np.array_equal(p, np.arange(len(logits))) for p in known):
        return None
    moved = next(p for p in known if not np.array_equal(p, np.arange(len(logits))))
    missing = len(logits) - len(np.unique(moved))
    if missing:
        return Finding(
            f"predict returns rows of other examples: {missing} of {len(logits)} examples have no row of their own.",
            expected="one row for each example, in the order of the inputs",
            found=f"rows that come several times, in place of {missing} others",
            advice=f"{_ADVICE} Look at how the last batch is joined to the others, and at indices of batches.",
            misconception="rows-repeated",
        )
    varying = any(not np.array_equal(p, known[0]) for p in known)
    return Finding(
        "predict returns the right rows in another order than the inputs.",
        expected="one row for each example, in the order of the inputs",
        found="the same rows, " + ("in another order at each call" if varying else _order(inputs, moved)),
        advice=f"{_ADVICE} A DataLoader that shuffles is for training; what was sorted has to be put back.",
        misconception="rows-in-another-order",
    )


def _places(logits: Floats, found: Floats) -> npt.NDArray[np.int64] | None:
    """For each row the place of the same row in ``logits``; None if one is none of them."""
    if Tolerance().agrees(found, logits):
        return np.arange(len(logits))
    nearest = _nearest(logits, found)
    return _spread(nearest, _nearest(logits, logits)) if Tolerance().agrees(found, logits[nearest]) else None


def _nearest(logits: Floats, found: Floats) -> npt.NDArray[np.int64]:
    """For each row the first place in ``logits`` of a row that is the same; else the nearest one's."""
    apart = [np.abs(logits - row).max(axis=1) for row in found]
    same = [one <= Tolerance().atol for one in apart]
    return np.array([s.argmax() if s.any() else one.argmin() for one, s in zip(apart, same, strict=True)], np.int64)


def _spread(nearest: npt.NDArray[np.int64], first: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Places in which rows that are alike, such as those of texts without words, each take one of their own.

    Args:
        nearest: For each row that was found, the first place of rows like it.
        first: For each place the first one of a row like it.
    """
    at_home = {i for i, place in enumerate(nearest) if i < len(first) and first[i] == place}
    left = {int(place): [i for i in np.flatnonzero(first == place) if i not in at_home] for place in set(first)}
    spread = nearest.copy()
    for i, place in enumerate(nearest):
        free = left.get(int(place), [])
        spread[i] = i if i in at_home else free.pop(0) if free else place
    return spread


def _order(inputs: Inputs, places: npt.NDArray[np.int64]) -> str:
    if np.array_equal(places, np.arange(len(places))[::-1]):
        return "the last one first"
    if inputs.ndim == 2:  # texts
        steps = np.diff((inputs != 0).sum(axis=1)[places])
        if steps.any() and ((steps >= 0).all() or (steps <= 0).all()):
            return "sorted by the length of the texts"
    return "mixed"
