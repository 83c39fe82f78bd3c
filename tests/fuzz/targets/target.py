"""What a target is, and the one form in which bytes stand for a frame."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from autograder.protocol.frames import PREFIX

BORDER = b"\xff"  # between header and payload; in UTF-8 no such byte occurs


class Form(Enum):
    """What an input is, as far as that helps to mutate it."""

    BYTES = "bytes"
    JSON = "JSON"
    FRAME = "one byte that says what is meant, a JSON header, BORDER, a payload"


class Broken(AssertionError):
    """A promise that the target holds the code to does not hold."""


@dataclass(frozen=True)
class Target:
    """Something that reads foreign bytes.

    Attributes:
        name: What it is called on the command line, and its folder in the corpus.
        run: Reads an input; raises anything at all where a promise is broken.
        seeds: Inputs to begin with.
        words: What its inputs are made of: a fuzzer's dictionary.
        most: Bytes of an input, at most.
        form: Of its inputs.
    """

    name: str
    run: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    words: Sequence[bytes]
    most: int
    form: Form = Form.BYTES


def must(holds: bool, promise: str) -> None:
    """Raise unless it holds; no ``assert``, which ``python -O`` takes out."""
    if not holds:
        raise Broken(promise)


def framed(data: bytes) -> bytes:
    """The frame whose header and payload these bytes are: so that no mutation has to guess two lengths."""
    header, _, payload = data.partition(BORDER)
    return PREFIX.pack(len(header) + len(payload), len(header)) + header + payload


def unframed(body: Mapping[str, Any], arrays: Sequence[Mapping[str, Any]] = (), payload: bytes = b"") -> bytes:
    """Bytes that :func:`framed` makes a frame of."""
    return json.dumps({"body": body, "arrays": list(arrays)}, separators=(",", ":")).encode() + BORDER + payload


def entry(name: str, dtype: str, *shape: int) -> dict[str, Any]:
    """The header's entry for an array."""
    return {"name": name, "dtype": dtype, "shape": list(shape)}
