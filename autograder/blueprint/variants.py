"""The other models that a model's layers declare: wrong ones, with one mistake or several, and equal ones."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograder.blueprint.layer import Layer, Misconception


def wrong_models(model: Layer, depth: int) -> Iterator[tuple[tuple[Misconception, ...], Layer]]:
    """Every model with one mistake, then every model with two, up to ``depth``.

    Mistakes that exclude each other (no ReLU, and tanh in its place) are left out.
    """
    peers = _peers(model)
    declared = (mistake.misconception for layer in model.walk() for mistake in layer.mistakes(peers[type(layer)]))
    known = list(dict.fromkeys(declared))
    level: list[tuple[tuple[Misconception, ...], Layer]] = [((), model)]
    for _ in range(depth):
        before, level = level, []
        for made, wrong in before:
            for one_more in _one_more(made, wrong, known):
                level.append(one_more)
                yield one_more


def equal_models(model: Layer) -> Iterator[Layer]:
    """Every model that is written in another way and as right, each way taken wherever a layer declares it."""
    ways = dict.fromkeys(alternative.says for layer in model.walk() for alternative in layer.alternatives())
    for says in ways:
        written = model.rewrite(partial(_written, says))
        if written != model:
            yield written


def _written(says: str, layer: Layer) -> Layer:
    return next((alternative.layer for alternative in layer.alternatives() if alternative.says == says), layer)


def _one_more(
    made: tuple[Misconception, ...], model: Layer, known: list[Misconception]
) -> Iterator[tuple[tuple[Misconception, ...], Layer]]:
    """The model with one mistake more, of those that come after the last one made."""
    start = known.index(made[-1]) + 1 if made else 0
    for misconception in known[start:]:
        wrong = _with(model, misconception)
        if wrong != model:
            yield (*made, misconception), wrong


def _with(model: Layer, misconception: Misconception) -> Layer:
    """The model with one mistake made wherever a layer declares it."""
    peers = _peers(model)

    def edit(layer: Layer) -> Layer:
        mistakes = layer.mistakes(peers.get(type(layer), ()))
        return next((mistake.layer for mistake in mistakes if mistake.misconception == misconception), layer)

    return model.rewrite(edit)


def _peers(model: Layer) -> dict[type[Layer], list[Layer]]:
    """All layers of each type, in order."""
    peers: dict[type[Layer], list[Layer]] = defaultdict(list)
    for layer in model.walk():
        peers[type(layer)].append(layer)
    return peers
