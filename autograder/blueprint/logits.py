"""The model as a whole: what students do to its output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.blueprint.activation import LogSoftmax, OverBatch, ReLU, Sigmoid, Softmax
from autograder.blueprint.composition import Chain
from autograder.blueprint.layer import Layer, Misconception, Mistake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_RAW = "the handout asks for raw logits, since the loss takes the softmax itself"
SOFTMAX = Misconception("softmax-inside", f"ends in a softmax; {_RAW}")
LOG_SOFTMAX = Misconception("log-softmax-inside", f"ends in a log-softmax; {_RAW}")
OVER_BATCH = Misconception("softmax-over-batch", f"ends in a softmax over the batch (axis 0); {_RAW}")
SIGMOID = Misconception("sigmoid-inside", f"ends in a sigmoid; {_RAW}")
RELU = Misconception("relu-on-output", "puts a ReLU behind the last layer; logits may be negative")


@dataclass(frozen=True, init=False)
class Logits(Chain):
    """A whole model whose output is raw logits."""

    def rewrite(self, edit: Callable[[Layer], Layer], /) -> Layer:
        return edit(Logits(*(layer.rewrite(edit) for layer in self.layers)))

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        yield Mistake(SOFTMAX, Chain(self, Softmax()))
        yield Mistake(OVER_BATCH, Chain(self, OverBatch(Softmax())))
        yield Mistake(LOG_SOFTMAX, Chain(self, LogSoftmax()))
        yield Mistake(SIGMOID, Chain(self, Sigmoid()))
        yield Mistake(RELU, Chain(self, ReLU()))
