"""What stands behind the logits, where a handout asks for more than logits; and what students put there instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.blueprint.activation import LogSoftmax, OverBatch, ReLU, Sigmoid, Softmax
from autograder.blueprint.composition import Chain
from autograder.blueprint.layer import Layer, Misconception, Mistake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RELU = Misconception("relu-on-output", "puts a ReLU behind the last dense layer; logits may be negative")


@dataclass(frozen=True, init=False)
class Ended(Chain):
    """A whole model in two parts: what gives the logits, and the end."""

    def __init__(self, body: Layer, end: Layer) -> None:
        super().__init__(body, end)

    def rewrite(self, edit: Callable[[Layer], Layer], /) -> Layer:
        body, end = self.layers
        return edit(Ended(body.rewrite(edit), end.rewrite(edit)))

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        body, end = self.layers
        for key, ends, other in _instead_of(end):
            yield Mistake(Misconception(key, f"{ends}; the handout's ends in {end.words}"), Chain(body, other))
        yield Mistake(RELU, Chain(body, ReLU(), end))


def _instead_of(end: Layer) -> Iterator[tuple[str, str, Layer]]:
    """Other ends: their key, what a model does that has them, and the layer."""
    yield f"no-{_key(end)}", "returns raw logits", Chain()
    for other in (Softmax(), LogSoftmax(), Sigmoid()):
        if other != end:
            yield f"{_key(other)}-instead-of-{_key(end)}", f"ends in {other.words}", other
    if isinstance(end, Softmax | LogSoftmax):
        yield "softmax-twice", "takes a softmax of a softmax", Chain(Softmax(), end)
        yield (
            f"{_key(end)}-over-batch",
            f"takes the {end.words} over the batch (axis 0), not the classes",
            OverBatch(end),
        )


def without_softmax(model: Layer) -> Layer:
    """The model without the softmax or sigmoid that it ends in; itself, if it ends in something else."""
    if not isinstance(model, Chain) or not model.layers:
        return model
    *before, last = model.layers
    function = last.function if isinstance(last, OverBatch) else last
    return Chain(*before) if isinstance(function, Softmax | Sigmoid) else Chain(*before, without_softmax(last))


def _key(layer: Layer) -> str:
    return layer.words.replace(" ", "-")
