"""Mutations that keep to a form: a fuzzer's own, of bytes, hardly ever get past a JSON parser.

The same are used by the fuzzer and, without one, by the tests.
"""

from __future__ import annotations

import contextlib
import json
import math
import random
from collections.abc import Callable
from typing import Any

from targets.target import BORDER, Form, Target

Mutate = Callable[[bytes, random.Random], bytes]
SHARE_OF_TREES = 0.75  # the others are mutated as bytes
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**31, 2**63, 10**39, -(10**39), 0.5, -0.0, 1e308, 5e-324),
    *("", "x", "\ud800", "\n", "\x1b[2J", "\u202e", "\0", "9" * 50, "x" * 300, "<b>&", "[bold]"),
    *([], {}, [[]], [{}], {"": None}, [0, 2**29, 2**29], [1] * 70),
)
SIZES = {"<f4": 4, "<f8": 8, "<i8": 8}


def mutated(target: Target, data: bytes, seed: int, plainly: Mutate) -> bytes:
    """A neighbour of an input; ``plainly`` mutates bytes."""
    rng = random.Random(seed)
    lead, text, tail = _parts(target.form, data)
    if target.form is not Form.BYTES and rng.random() < SHARE_OF_TREES:
        with contextlib.suppress(ValueError, RecursionError):
            tree = json.loads(text)
            for _ in range(rng.choice((1, 1, 1, 2, 4))):
                tree = _other_tree(tree, target, rng)
            text = json.dumps(tree, separators=(",", ":")).encode()
            if target.form is Form.FRAME and rng.random() < 0.5:  # else nearly all have a payload of a wrong length
                tail = BORDER + _payload(tree, target.most, rng)
            return (lead + text + tail)[: target.most]
    return plainly(data, rng)[: target.most]


def flipped(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, cut out, put in, or said twice."""
    changed = bytearray(data or b"\0")
    for _ in range(rng.choice((1, 1, 2, 8))):
        at, length = rng.randrange(len(changed) + 1), rng.randrange(1, 9)
        new = rng.choice((rng.randbytes(length), bytes(changed[at : at + length]) * 2, b""))
        changed[at : at + length] = new
    return bytes(changed)


def _parts(form: Form, data: bytes) -> tuple[bytes, bytes, bytes]:
    if form is not Form.FRAME:
        return b"", data, b""
    header, border, payload = data[1:].partition(BORDER)
    return data[:1], header, border + payload


def _other_tree(tree: Any, target: Target, rng: random.Random) -> Any:
    """The tree with one of its nodes changed."""
    places = list(_places(tree))
    if not places:
        return _value(tree, target, rng)
    holder, key = rng.choice(places)
    change = rng.randrange(6)
    if change == 0:
        del holder[key]
    elif change == 1 and isinstance(holder, list):
        holder.insert(rng.randrange(len(holder) + 1), holder[key])
    elif change == 1:
        holder[rng.choice(target.words).decode("utf-8", "replace").strip('"')] = holder[key]
    elif change == 2:  # another part of the same tree
        other, place = rng.choice(places)
        holder[key] = json.loads(json.dumps(other[place]))
    elif change == 3 and isinstance(holder[key], (int, float)):
        holder[key] = holder[key] + rng.choice((-1, 1, 0.5))
    else:
        holder[key] = _value(tree, target, rng)
    return tree


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every node but the root, as its holder and its key there."""
    waiting, found = [tree], []
    for node in waiting:
        keys = range(len(node)) if isinstance(node, list) else list(node) if isinstance(node, dict) else ()
        found += [(node, key) for key in keys]
        waiting += [node[key] for key in keys]
    return found


def _value(tree: Any, target: Target, rng: random.Random) -> Any:
    if rng.random() < 0.3:
        word = rng.choice(target.words)
        try:
            return json.loads(word)
        except ValueError:
            return word.decode("utf-8", "replace")
    return json.loads(json.dumps(rng.choice(ODD)))


def _payload(tree: Any, most: int, rng: random.Random) -> bytes:
    """As many bytes as the header's arrays have, if that is little."""
    total = 0
    with contextlib.suppress(KeyError, TypeError):
        shapes = [(entry["shape"], SIZES[entry["dtype"]]) for entry in tree["arrays"]]
        if all(type(size) is int for shape, _ in shapes for size in shape):
            total = sum(math.prod(shape) * size for shape, size in shapes)
    size = total if 0 <= total <= most else 0
    return rng.choice((bytes, rng.randbytes, lambda n: b"\0\0\xc0\x7f" * (n // 4 + 1)))(size)[:size]
