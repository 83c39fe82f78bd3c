"""What a training copies between the computer's memory and a GPU's, in words: advice, which costs no points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograder.student.values import plain

ENOUGH = 2  # copies to the device a batch: the inputs and the labels
PLACE = 3  # entries: what, line, how often
MOST_PLACES = 10
A_LITTLE = 0.05  # of a copy: what is copied once, before the first batch


def copies(trace: Mapping[str, Any], batches: int, heeds_padding: bool) -> str:
    """Copies and waits of each batch, with what would do.

    Args:
        trace: The worker's counts (autograder.worker.simulated.trace), by name; empty where nothing was counted.
        batches: Of the training in all.
        heeds_padding: Whether the model needs the lengths of the texts on the CPU, as packing does.

    Returns:
        One or two sentences, or nothing.
    """
    if not all(type(trace.get(name)) is int for name in ("to_device", "waits")):
        return ""
    to_device, waits = trace["to_device"] / batches, trace["waits"] / batches
    packing = int(heeds_padding)  # costs a copy of the order of the texts, and a wait for their lengths
    told = f"{_number(to_device)} to the device a batch"
    told += f"; {ENOUGH + packing} are enough." if to_device > ENOUGH + packing + A_LITTLE else "."
    if waits >= packing + 1:
        places = _places(trace.get("waits_at"))
        told += f" In each batch the CPU waits for it {_times(waits)}{': ' if places else ''}{'; '.join(places)}."
        if any("item()" in place for place in places):
            told += " Losses can be added up on the device, and read once an epoch."
    return told


def _places(raw: Any) -> list[str]:
    """What makes it wait, and in which lines; believed as text only."""
    places = [place for place in raw[:MOST_PLACES] if isinstance(place, list)] if isinstance(raw, list) else []
    named = [(plain(place[0], 100), plain(place[1], 200)) for place in places if len(place) == PLACE]
    return [f"{what} in {line}" if line else what for what, line in named if what]


def _number(count: float) -> str:
    return f"{count:.2g} {'copy' if count == 1 else 'copies'}"


def _times(count: float) -> str:
    return "once" if count == 1 else f"{count:.2g} times"
