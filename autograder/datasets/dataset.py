"""Labelled texts, split into those to train on and those to test on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autograder.errors import AssignmentError


@dataclass(frozen=True, eq=False)
class Split:
    """Texts with their labels.

    Attributes:
        texts: n texts, as written (capitals and punctuation included); an empty text is a text.
        labels: Class ids, int64 [n].

    Raises:
        AssignmentError: The number of labels is not the number of texts.
    """

    texts: tuple[str, ...]
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.labels.shape != (len(self.texts),):
            shape = self.labels.shape
            raise AssignmentError(
                f"{len(self.texts)} texts have labels of shape {shape}; give one class id for each text"
            )

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, indices: NDArray[np.int64]) -> Split:
        """The texts at ``indices`` (int64 [m]), in that order."""
        return Split(tuple(self.texts[i] for i in indices.tolist()), self.labels[indices])


@dataclass(frozen=True, eq=False)
class Dataset:
    """A named classification task.

    Attributes:
        name: Where the texts come from, in a few words; shown to students.
        classes: Names of the classes; a label is an index into them.

    Raises:
        AssignmentError: A label that names no class, or a class without a text to train on.
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    test: Split

    def __post_init__(self) -> None:
        for part, split in (("train", self.train), ("test", self.test)):
            wrong = split.labels[(split.labels < 0) | (split.labels >= len(self.classes))]
            if wrong.size:
                raise AssignmentError(
                    f"{self.name}, {part}: label {wrong[0]} names none of the {len(self.classes)} classes; "
                    f"use 0 to {len(self.classes) - 1}"
                )
        counts = np.bincount(self.train.labels, minlength=len(self.classes))
        if missing := [name for name, count in zip(self.classes, counts, strict=True) if not count]:
            raise AssignmentError(
                f"{self.name}: no text to train on in class {', '.join(missing)}; add some, or leave the class out"
            )
