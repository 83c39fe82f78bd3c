"""From labelled texts, as they were read, to a Dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.datasets.dataset import Dataset, Split
from autograder.errors import AssignmentError

HARDLY_ANY = 0.1  # of the usual number of texts: a class with fewer is pointed out


@dataclass(frozen=True)
class Labelled:
    """One text, the name of its class, and where it was found (such as ``train.csv, line 7``)."""

    text: str
    label: str
    where: str


def dataset(name: str, source: Path, train: Sequence[Labelled], test: Sequence[Labelled]) -> Dataset:
    """A Dataset whose classes are those of ``train``, in alphabetical order (numbers by size).

    Raises:
        AssignmentError: Nothing to train or to test on, fewer than two classes, or a class in test that train lacks.
    """
    for part, items in (("train", train), ("test", test)):
        if not items:
            raise AssignmentError(
                f"{source}: there is no text to {part} {'with' if part == 'train' else 'on'}; add some"
            )
    classes = sorted({item.label for item in train}, key=_order)
    if len(classes) < 2:
        raise AssignmentError(f"{source}: all texts to train on are in class {classes[0]!r}; at least two are needed")
    return Dataset(name, tuple(classes), _split(train, classes), _split(test, classes))


def _order(label: str) -> tuple[int, str]:
    return (int(label), "") if label.isdecimal() else (0, label)


def _split(items: Sequence[Labelled], classes: Sequence[str]) -> Split:
    ids = {name: index for index, name in enumerate(classes)}
    for item in items:
        if item.label not in ids:
            raise AssignmentError(
                f"{item.where}: class {item.label!r} has no text to train on; "
                f"train has {', '.join(classes)}: correct the label, or add such texts"
            )
    labels = np.array([ids[item.label] for item in items], dtype=np.int64)
    return Split(tuple(item.text for item in items), labels)


def rare_classes(data: Dataset, what: str) -> list[str]:
    """The classes with hardly any text to train on, as sentences: most are slips in a file.

    Args:
        data: Where they may be.
        what: Its name in the sentences.
    """
    counts = np.bincount(data.train.labels, minlength=len(data.classes))
    few = float(np.median(counts)) * HARDLY_ANY
    return [
        f"{what}: class {name!r} has {count} of {counts.sum()} texts to train on (most have about"
        f" {np.median(counts):.0f}); is its label a slip?"
        for name, count in zip(data.classes, counts.tolist(), strict=True)
        if count < few
    ]
