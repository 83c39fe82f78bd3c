"""All attacks, and the table that says what became of them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from attacks.declared import Attack, attacks_of

FAMILIES = tuple(
    path.stem
    for path in sorted(Path(__file__).parent.glob("*.py"))
    if "from attacks.declared import attack" in path.read_text(encoding="utf-8").splitlines()
)


def all_attacks() -> list[Attack]:
    """Every declared attack, family by family."""
    return [found for family in FAMILIES for found in attacks_of(importlib.import_module(f"attacks.{family}"))]


def by_layers(attacks: Sequence[Attack]) -> Iterator[tuple[tuple[str, ...], list[Attack]]]:
    """Attacks with the layers that stand in their way, one group for each set of layers."""
    groups: dict[tuple[str, ...], list[Attack]] = {}
    for attack in attacks:
        groups.setdefault(tuple(sorted(attack.layers)), []).append(attack)
    yield from groups.items()
