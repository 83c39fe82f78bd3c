"""The embedding: token ids to vectors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from autograder.blueprint.initializers import KERAS_UNIFORM, Initializer, Normal
from autograder.blueprint.layer import Activations, Layer, Misconception, Mistake, Resized
from autograder.blueprint.parameter import SAME_ORDER, Parameter
from autograder.blueprint.signal import Signal, SignalKind
from autograder.errors import AssignmentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograder.blueprint.framework import Framework
    from autograder.blueprint.layer import Run

PADDING_AS_ZERO = Misconception(
    "padding-as-zero",
    "sets the embedding of the padding to zero; the handout's table has a row for padding as for any other id",
)
ROW_TOO_MANY = Misconception(
    "one-row-too-many",
    "has a row too many in its embedding (vocab_size + 1); vocab_size already counts the padding and the unknown word",
)


@dataclass(frozen=True)
class Embedding(Layer):
    """A table with one row for each token id.

    Args:
        name: Name of the layer.
        vocab_size: Rows, padding and unknown word included.
        size: Features of each row.
        initializer: How the handout asks for the rows to be drawn (Keras' own by default).
        zero_padding: Give zeros for id 0, whatever its row says.
        more_rows: Rows behind those of all token ids, which no id looks up.
    """

    name: str
    vocab_size: int
    size: int
    initializer: Initializer = KERAS_UNIFORM
    zero_padding: bool = False
    more_rows: int = 0

    @property
    def id_limit(self) -> int:
        return self.vocab_size

    @property
    def words(self) -> str:
        return f"embedding, {self.vocab_size:,} ids to {self.size} features"

    def output(self, signal: Signal, /) -> Signal:
        return Signal((*self.take(signal, SignalKind.TOKENS).shape, self.size))

    def parameters(self, _signal: Signal, _framework: Framework, /) -> tuple[Parameter, ...]:
        shape = (self.vocab_size + self.more_rows, self.size)
        names = ("words", "features")
        return (Parameter(f"{self.name}.table", shape, SAME_ORDER, names, self.initializer, Normal(1.0)),)

    def forward(self, x: Activations, run: Run, /) -> Activations:
        ids = x.values
        if ids.size and (ids.min() < 0 or ids.max() >= self.vocab_size):
            raise AssignmentError(
                f"{self.title} has rows for the token ids 0 to {self.vocab_size - 1}, but ids from {ids.min()} to"
                f" {ids.max()} came in: check the vocabulary size that the data were encoded with"
            )
        values = run.weights[f"{self.name}.table"][ids]
        if self.zero_padding:
            values[ids == 0] = 0.0
        return Activations(values, mask=ids != 0)

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        if not self.zero_padding:
            yield Mistake(PADDING_AS_ZERO, replace(self, zero_padding=True))
        if not self.more_rows:
            yield Mistake(ROW_TOO_MANY, replace(self, more_rows=1))

    def resized(self, axis: str, wanted: int, found: int, /) -> Resized | None:
        return Resized({"words": "rows", "features": "features"}[axis], wanted, found)

    def hint(self, axis: str, wanted: int, found: int, /) -> str:
        if axis == "words" and 0 < abs(wanted - found) <= 2:
            return "vocab_size already counts the padding and the unknown word: use it as it is"
        if axis == "features":
            return f"each token id has an embedding of {wanted} numbers"
        return f"{self.name} has one row for each of the {wanted} token ids"
