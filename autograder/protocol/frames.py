"""One message as bytes: ``u32 length | u32 header length | JSON header | raw little-endian arrays``.

The header is ``{"body": {...}, "arrays": [{"name", "dtype", "shape"}, ...]}``. Only numbers travel as arrays, only
plain values as JSON; nothing is ever unpickled. Both lengths are bounded before a byte is believed.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

MAX_FRAME: Final = 512 * 2**20  # bytes; the largest honest frame is the embedding of a big vocabulary
MAX_HEADER: Final = 32 * 2**20  # bytes; the largest honest header carries the training texts
MAX_ANSWER_HEADER: Final = 4 * 2**20  # bytes, from a worker; parsed JSON takes up to 30 times its length in memory
MAX_ARRAYS: Final = 4096
MAX_DIMENSIONS: Final = 64  # NumPy's own
MAX_DIGITS: Final = 40  # Python's int() is quadratic in the number of digits
DTYPES: Final = {"<f4": 4, "<f8": 8, "<i8": 8}
PREFIX: Final = struct.Struct("<II")

Arrays = Mapping[str, np.ndarray]


class MalformedFrame(ValueError):
    """Bytes that are not a frame. From a worker, it is the submission's failure, never the grader's."""


@dataclass(frozen=True)
class Message:
    """A body of plain JSON values, and named arrays beside it."""

    body: Mapping[str, Any]
    arrays: Arrays = field(default_factory=dict)


def encode(message: Message, most_header: int = MAX_HEADER) -> bytes:
    """The frame of a message.

    Raises:
        ValueError: The body holds something that is not plain JSON, or a NaN; or the whole is too large to travel.
    """
    if len(message.arrays) > MAX_ARRAYS:
        raise ValueError(f"{len(message.arrays)} arrays are too many for one frame")
    arrays = {name: _little_endian(array) for name, array in message.arrays.items()}
    head = {
        "body": message.body,
        "arrays": [{"name": n, "dtype": a.dtype.str, "shape": list(a.shape)} for n, a in arrays.items()],
    }
    try:
        header = json.dumps(head, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, RecursionError) as error:
        raise ValueError(f"no plain JSON: {error}") from None
    length = len(header) + sum(array.nbytes for array in arrays.values())
    check_lengths(length, len(header), most_header)
    payload = (array.tobytes() for array in arrays.values())
    return b"".join([PREFIX.pack(length, len(header)), header, *payload])


def check_lengths(length: int, header: int, most_header: int = MAX_HEADER) -> None:
    """Refuse a frame by its prefix alone, before memory is spent on it."""
    if length > MAX_FRAME or header > most_header or header > length:
        raise MalformedFrame(f"a frame of {length} bytes with a header of {header}")


def decode(header: bytes, payload: memoryview) -> Message:
    """The message of a frame's header and payload; arrays are read-only views of ``payload``.

    Raises:
        MalformedFrame: Anything about it is not as specified, to the last byte.
    """
    head = _strict_json(header)
    if not (isinstance(head, dict) and set(head) == {"body", "arrays"} and isinstance(head["body"], dict)):
        raise MalformedFrame("the header is not {body, arrays}")
    entries = head["arrays"]
    if not isinstance(entries, list) or len(entries) > MAX_ARRAYS:
        raise MalformedFrame("the list of arrays is not one")
    arrays: dict[str, np.ndarray] = {}
    start = 0
    for entry in entries:
        name, dtype, shape = _array_entry(entry)
        size = math.prod(shape) * DTYPES[dtype]
        if name in arrays or size > len(payload) - start:
            raise MalformedFrame(f"array {name[:40]!r} is there twice, or longer than what was sent")
        arrays[name] = _view(payload[start : start + size], dtype, shape)
        start += size
    if start != len(payload):
        raise MalformedFrame(f"{len(payload) - start} bytes belong to no array")
    return Message(head["body"], arrays)


def _little_endian(array: np.ndarray) -> np.ndarray:
    array = np.asarray(array)
    kind = array.dtype.newbyteorder("<")
    if kind.str not in DTYPES:
        raise ValueError(f"an array of {array.dtype} can't travel; only {', '.join(DTYPES)} can")
    return np.ascontiguousarray(array, kind).reshape(array.shape)


def _array_entry(entry: object) -> tuple[str, str, tuple[int, ...]]:
    if not (isinstance(entry, dict) and set(entry) == {"name", "dtype", "shape"}):
        raise MalformedFrame("an array's entry is not {name, dtype, shape}")
    name, dtype, shape = entry["name"], entry["dtype"], entry["shape"]
    if not isinstance(name, str) or not isinstance(dtype, str) or dtype not in DTYPES:
        raise MalformedFrame("an array of unknown name or dtype")
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS or not all(map(_is_dimension, shape)):
        raise MalformedFrame(f"array {name[:40]!r} has an impossible shape")
    return name, dtype, tuple(shape)


def _is_dimension(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_FRAME


def _view(data: memoryview, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    try:
        return np.frombuffer(data, dtype).reshape(shape)
    except ValueError:  # a shape that holds nothing may still be beyond what NumPy can index: (0, 2**29, 2**29, ...)
        raise MalformedFrame("an array of an impossible shape") from None


def _strict_json(header: bytes) -> Any:
    try:
        return json.loads(
            header.decode(),
            object_pairs_hook=_no_duplicates,
            parse_constant=_refuse_constant,
            parse_int=_bounded_integer,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as error:
        raise MalformedFrame(f"the header is not strict JSON: {error}"[:200]) from None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key stands twice")
    return result


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _bounded_integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError("an integer of too many digits")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits) if len(digits) <= MAX_DIGITS else math.inf
    if not math.isfinite(number):  # 1e999 is valid JSON, and infinity in Python
        raise ValueError("a number that is too long or not finite")
    return number
