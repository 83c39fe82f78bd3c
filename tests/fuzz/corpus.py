"""Inputs to begin with: seeds that code makes, and what a fuzzer found, which lies beside this file as text."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
MOST_INPUTS = 120  # of one target, and
MOST_BYTES = 700  # of one input: what a project can carry along


def inputs(name: str) -> list[bytes]:
    """All inputs of a target, each once."""
    from targets import TARGETS

    return list(dict.fromkeys([*TARGETS[name].seeds(), *kept(name)]))


def kept(name: str) -> list[bytes]:
    """What was kept of a fuzzer's findings: one input a line, in base 64."""
    file = FOLDER / f"{name}.txt"
    return [base64.b64decode(line) for line in file.read_text(encoding="ascii").split()] if file.exists() else []


def write(name: str, found: Iterable[bytes]) -> None:
    """Keep the shortest of these that no code makes."""
    from targets import TARGETS

    new = sorted(set(found) - set(TARGETS[name].seeds()), key=lambda data: (len(data), data))
    lines = [base64.b64encode(data).decode("ascii") for data in new if len(data) <= MOST_BYTES][:MOST_INPUTS]
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
