"""What the student's model is trained and tested on: token ids and class ids under names drawn for this grading."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autograder.assignment import Assignment
from autograder.datasets import Dataset, Permutation, text
from autograder.errors import AssignmentError

Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Ids and labels, permuted; the test texts in an order drawn anew.

    Attributes:
        description: One sentence for people.
        vocab_size, num_classes: Sizes that follow from the data.
        train_ids, test_ids: int64 [n, length].
        train_labels: int64 [n], given to the worker.
        test_labels: int64 [n], never given away.
    """

    description: str
    vocab_size: int
    num_classes: int
    train_ids: Ids
    train_labels: Ids
    test_ids: Ids
    test_labels: Ids


def prepare(dataset: Dataset, assignment: Assignment, rng: np.random.Generator, *, hidden: bool) -> TrainingData:
    """Turn a dataset into ids by the contract, then give tokens and classes new ids."""
    if assignment.text is None:
        raise AssignmentError(f"{assignment.name}: assignment.toml has no [text] table, so texts can't become ids")
    vocabulary = text.build_vocabulary(dataset.train.texts, assignment.text.max_tokens)
    renamed = Permutation.draw(rng, len(vocabulary), len(dataset.classes))
    # Tables of texts are often in the order of their classes: that must not tell anybody which class a text is of.
    test = dataset.test.take(np.argsort(rng.random(len(dataset.test)), kind="stable"))

    def ids(texts: tuple[str, ...]) -> Ids:
        assert assignment.text is not None  # checked above  # noqa: S101 - for the type checker
        return renamed.tokens(text.encode(texts, vocabulary, assignment.text.length))

    kind = "hidden" if hidden else "public"
    return TrainingData(
        f"{dataset.name}: {len(dataset.train):,} texts to train on, {len(dataset.test):,} {kind} ones to test on, "
        f"{len(dataset.classes)} classes; token ids and class ids drawn anew for this grading.",
        len(vocabulary),
        len(dataset.classes),
        ids(dataset.train.texts),
        renamed.classes(dataset.train.labels),
        ids(test.texts),
        renamed.classes(test.labels),
    )
