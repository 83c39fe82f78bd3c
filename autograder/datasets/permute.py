"""Token ids and class ids under new names, drawn for each training, so that nothing learned beforehand helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.errors import InternalError

_SPECIAL = 2  # padding and [UNK] keep their ids: masks and padding rest on them


@dataclass(frozen=True, eq=False)
class Permutation:
    """New ids for tokens and classes.

    Attributes:
        token_ids: New id of each token, int64 [vocab_size]; entries 0 and 1 are 0 and 1.
        class_ids: New id of each class, int64 [num_classes].
    """

    token_ids: NDArray[np.int64]
    class_ids: NDArray[np.int64]

    @classmethod
    def draw(cls, rng: np.random.Generator, vocab_size: int, num_classes: int) -> Permutation:
        """Draw one uniformly from ``rng``."""
        special = np.arange(min(_SPECIAL, vocab_size))
        others = _SPECIAL + _shuffled(rng, max(vocab_size - _SPECIAL, 0))
        return cls(np.concatenate([special, others]), _shuffled(rng, num_classes))

    def tokens(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """New ids of token ids, of any shape.

        Raises:
            InternalError: An id outside the vocabulary.
        """
        return _renamed(self.token_ids, ids, "token")

    def classes(self, labels: NDArray[np.int64]) -> NDArray[np.int64]:
        """New ids of class ids, of any shape.

        Raises:
            InternalError: An id that names no class.
        """
        return _renamed(self.class_ids, labels, "class")

    def undo_classes(self, labels: NDArray[np.int64]) -> NDArray[np.int64]:
        """The class ids that :meth:`classes` renamed to ``labels``."""
        return _renamed(np.argsort(self.class_ids), labels, "class")

    def undo_logits(self, logits: NDArray[Any]) -> NDArray[Any]:
        """Logits [..., num_classes] of a model that learned the new class ids, with the columns in the old order."""
        return logits[..., self.class_ids]


def _shuffled(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    # Generator.permutation may change between versions of NumPy; random() is far less likely to.
    return np.argsort(rng.random(n), kind="stable")


def _renamed(new: NDArray[np.int64], ids: NDArray[np.int64], what: str) -> NDArray[np.int64]:
    if ids.size and not (ids.min() >= 0 and ids.max() < len(new)):
        raise InternalError(f"{what} ids from {ids.min()} to {ids.max()}, where there are 0 to {len(new) - 1}")
    return new[ids]
