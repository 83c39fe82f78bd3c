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
MAX_ARRAYS: Final = 4096
MAX_INTEGER_DIGITS: Final = 20  # Python's int() is quadratic in the number of digits
DTYPES: Final = {"<f4": 4, "<f8": 8, "<i8": 8}
PREFIX: Final = struct.Struct("<II")

Arrays = Mapping[str, np.ndarray]


class MalformedFrame(ValueError):  # noqa: N818 - a name that says what arrived, not that it is an error
    """Bytes that are not a frame. From a worker, it is the submission's failure, never the grader's."""


@dataclass(frozen=True)
class Message:
    """A body of plain JSON values, and named arrays beside it."""

    body: Mapping[str, Any]
    arrays: Arrays = field(default_factory=dict)


def encode(message: Message) -> bytes:
    """The frame of a message.

    Raises:
        ValueError: The body holds something that is not plain JSON, or a NaN.
    """
    arrays = {name: _little_endian(array) for name, array in message.arrays.items()}
    head = {
        "body": message.body,
        "arrays": [{"name": n, "dtype": a.dtype.str, "shape": list(a.shape)} for n, a in arrays.items()],
    }
    header = json.dumps(head, allow_nan=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    payload = [array.tobytes() for array in arrays.values()]
    length = len(header) + sum(map(len, payload))
    check_lengths(length, len(header))
    return b"".join([PREFIX.pack(length, len(header)), header, *payload])


def check_lengths(length: int, header: int) -> None:
    """Refuse a frame by its prefix alone, before memory is spent on it."""
    if length > MAX_FRAME or header > MAX_HEADER or header > length:
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
        arrays[name] = np.frombuffer(payload[start : start + size], dtype).reshape(shape)
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
    dims_ok = isinstance(shape, list) and len(shape) <= 8 and all(type(d) is int and 0 <= d <= MAX_FRAME for d in shape)
    if not dims_ok:
        raise MalformedFrame(f"array {name[:40]!r} has an impossible shape")
    return name, dtype, tuple(shape)


def _strict_json(header: bytes) -> Any:
    try:
        return json.loads(
            header.decode("utf-8", "surrogatepass"),
            object_pairs_hook=_no_duplicates,
            parse_constant=_refuse_constant,
            parse_int=_bounded_integer,
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
    if len(digits) > MAX_INTEGER_DIGITS:
        raise ValueError("an integer of too many digits")
    return int(digits)
