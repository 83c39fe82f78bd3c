"""The wrong models that a model's layers declare, one mistake or several at a time."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograder.blueprint.layer import Layer, Misconception


def wrong_models(model: Layer, depth: int) -> Iterator[tuple[tuple[Misconception, ...], Layer]]:
    """Every model with one mistake, then every model with two, up to ``depth``.

    Mistakes that exclude each other (no ReLU, and tanh in its place) are left out.
    """
    declared = (mistake.misconception for layer in model.walk() for mistake in layer.mistakes(_peers(layer, model)))
    known = list(dict.fromkeys(declared))
    for number in range(1, depth + 1):
        for together in combinations(known, number):
            wrong = _with_all(model, together)
            if wrong is not None:
                yield together, wrong


def _with_all(model: Layer, misconceptions: tuple[Misconception, ...]) -> Layer | None:
    for misconception in misconceptions:
        wrong = _with(model, misconception)
        if wrong == model:
            return None
        model = wrong
    return model


def _with(model: Layer, misconception: Misconception) -> Layer:
    """The model with one mistake made wherever a layer declares it."""

    def edit(layer: Layer) -> Layer:
        made = (m.layer for m in layer.mistakes(_peers(layer, model)) if m.misconception == misconception)
        return next(made, layer)

    return model.rewrite(edit)


def _peers(layer: Layer, model: Layer) -> list[Layer]:
    return [other for other in model.walk() if type(other) is type(layer)]
