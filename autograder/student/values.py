"""What came back from a worker, checked before use: the grader states the dtype and shape that it expects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.blueprint import StudentParameter
from autograder.errors import Finding, SubmissionError

TEXTS = 2  # axes of a batch of token ids
MOST_PARAMETERS = 1000
MOST_NAME = 200
MOST_DIMENSIONS = 8
MOST_VALUES = 100_000_000  # float32 values that fit into one frame


class WrongForm(SubmissionError):
    """A call did its work, but what it returned is not what the contract asks for."""


@dataclass(frozen=True)
class DeviceInUse:
    """A device that a worker says it has.

    Attributes:
        kind: ``simulated``, ``cuda``, ``mps`` or ``gpu``, which compute; ``shapes`` follows shapes alone.
        name: What the student's functions are given.
        label: For people.
        why: Why it is no better one; empty when nothing better was asked for.
    """

    kind: str
    name: str
    label: str
    why: str = ""

    @property
    def is_real(self) -> bool:
        """Whether it is a GPU, and not something in its place."""
        return self.kind in ("cuda", "mps", "gpu")


def device(raw: Mapping[str, Any]) -> DeviceInUse:
    """What a worker says of its device."""
    return DeviceInUse(**{name: plain(raw.get(name), MOST_NAME) for name in ("kind", "name", "label", "why")})


def floats(array: np.ndarray | None, shape: tuple[int, ...], what: str, *, finite: bool = True) -> NDArray[np.float32]:
    """A float32 array of exactly this shape, finite unless said otherwise."""
    array = _shaped(array, shape, what)
    if array.dtype != np.float32:
        raise WrongForm(Finding(f"{what} has to be float32, not {array.dtype}."))
    if finite and not np.isfinite(array).all():
        bad = int(np.size(array) - np.isfinite(array).sum())
        raise WrongForm(
            Finding(
                f"{_upper(what)} holds NaN or infinity in {bad:,} of its {array.size:,} numbers.",
                advice="Look for a logarithm of 0, a division by 0, or weights that were never initialised.",
            )
        )
    return array


def outputs(array: np.ndarray | None, shape: tuple[int, int], what: str) -> NDArray[np.float32]:
    """A model's outputs, finite float32 [n, num_classes]; what often comes instead is told by name."""
    if array is not None and array.shape == shape[:1]:
        raise WrongForm(
            Finding(
                f"{_upper(what)} has the wrong shape: one number for each example, not one for each class.",
                expected=_brackets(shape),
                found=_brackets(array.shape),
                advice="Return the outputs of all classes, without argmax or max over them.",
                misconception="returns-class-ids",
            )
        )
    if array is not None and array.ndim == len(shape) and array.shape[1] == shape[1] and len(array) < shape[0]:
        raise WrongForm(
            Finding(
                f"{_upper(what)} has the wrong shape: outputs for {len(array)} of {shape[0]} examples.",
                expected=_brackets(shape),
                found=_brackets(array.shape),
                advice="Keep the outputs of every batch, and join them along axis 0 at the end.",
                misconception="examples-missing",
            )
        )
    if array is not None and array.ndim == len(shape) and array.shape[1] == shape[1] and len(array) > shape[0] > 1:
        raise WrongForm(
            Finding(
                f"{_upper(what)} has the wrong shape: {len(array)} rows for {shape[0]} examples.",
                expected=_brackets(shape),
                found=_brackets(array.shape),
                advice="Return one row for each example: look at the last batch, which may be smaller than the others.",
                misconception="rows-repeated",
            )
        )
    return floats(array, shape, what)


def by_text(array: np.ndarray | None, inputs: np.ndarray, num_classes: int) -> None:
    """Raise SubmissionError for outputs of token ids that have a row for each position, not for each text."""
    if array is not None and inputs.ndim == TEXTS and array.shape == (inputs.shape[1], num_classes):
        if inputs.shape[1] == len(inputs):
            return
        raise WrongForm(
            Finding(
                "What the model returned has a row for each position in the texts, not for each text.",
                expected="[n, num_classes]",
                found="[length, num_classes]",
                advice="It takes the axis of the batch for that of time: nn.LSTM and its like need batch_first=True; "
                "without it the first axis is time's.",
                misconception="runs-over-batch",
            )
        )


def integers(array: np.ndarray | None, shape: tuple[int, ...], what: str) -> NDArray[np.int64]:
    """An int64 array of exactly this shape."""
    array = _shaped(array, shape, f"what {what} returned")
    if array.dtype != np.int64:
        raise WrongForm(Finding(f"What {what} returned has to be int64, not {array.dtype}."))
    return array


NUMBER_OF_LOSSES = "fit doesn't return one loss per epoch."


def losses(array: np.ndarray | None, epochs: int) -> NDArray[np.float64]:
    """Finite losses, float64 [epochs]."""
    if array is None or array.dtype != np.float64 or array.ndim != 1:
        raise WrongForm(Finding("What fit returned is not a list of losses."))
    if len(array) != epochs:
        raise WrongForm(
            Finding(
                NUMBER_OF_LOSSES,
                expected=f"{epochs} losses for epochs={epochs}",
                found=f"{len(array)} losses",
                advice="Append the epoch's mean loss once at the end of each epoch, and mind the argument `epochs`.",
                misconception="one-epoch-only" if len(array) == 1 else "",
            )
        )
    if not np.isfinite(array).all():
        raise WrongForm(Finding("A loss that fit returned is NaN or infinite: training diverged."))
    return array


def words(vocabulary: Any, what: str) -> list[str]:
    """A list of strings."""
    if not isinstance(vocabulary, list) or not all(isinstance(entry, str) for entry in vocabulary):
        raise WrongForm(Finding(f"What {what} returned is not a list of words."))
    return vocabulary


def names(raw: Any) -> tuple[str, ...]:
    """Names that a worker lists, bounded; none where it lists none."""
    return tuple(plain(entry, MOST_NAME) for entry in raw[:MOST_PARAMETERS]) if isinstance(raw, list) else ()


def plain(value: object, most: int) -> str:
    """Foreign text, bounded, without the lone surrogates that no file can hold; empty if it is no text."""
    return value[:most].encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def parameters(raw: Mapping[str, Any], what: str) -> tuple[int, list[StudentParameter]]:
    """Number of the model in its worker, and its parameters as described."""
    number, entries = raw.get("model"), raw.get("parameters")
    if type(number) is not int or not isinstance(entries, list) or len(entries) > MOST_PARAMETERS:
        raise WrongForm(Finding(f"{what} made something that is no model of a sensible size."))
    found = [_parameter(index, entry, what) for index, entry in enumerate(entries)]
    if sum(math.prod(p.shape) for p in found) > MOST_VALUES:
        raise WrongForm(Finding(f"{what} made a model of more than {MOST_VALUES:,} parameters."))
    return number, found


def _parameter(index: int, entry: Any, what: str) -> StudentParameter:
    if not isinstance(entry, dict) or not _is_shape(entry.get("shape")):
        raise WrongForm(Finding(f"{what} made a model with an odd parameter."))
    name, layer = plain(entry.get("name"), MOST_NAME), plain(entry.get("layer"), 100)
    return StudentParameter(
        index=index,
        name=name,
        shape=tuple(entry["shape"]),
        layer=layer,
        trainable=entry.get("trainable") is not False,
        is_state=entry.get("state") is True,
    )


def _is_shape(shape: object) -> bool:
    return isinstance(shape, list) and len(shape) <= MOST_DIMENSIONS and all(type(d) is int and d >= 0 for d in shape)


def _shaped(array: np.ndarray | None, shape: tuple[int, ...], what: str) -> np.ndarray:
    if array is None:
        raise WrongForm(Finding(f"{_upper(what)} is not an array."))
    if array.shape != shape:
        one_more = array.shape == (1, *shape)
        advice = "Its first axis is one too many. PyTorch's h and c count the layers there: h[-1] is the last one's."
        raise WrongForm(
            Finding(
                f"{_upper(what)} has the wrong shape.",
                expected=_brackets(shape),
                found=_brackets(array.shape),
                advice=advice if one_more else "",
            )
        )
    return array


def _brackets(shape: tuple[int, ...]) -> str:
    return "[" + ", ".join(map(str, shape)) + "]"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
