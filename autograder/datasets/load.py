"""One way in: a dataset by the name of its source, as an assignment declares it."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from autograder.datasets.corpus import builtin
from autograder.datasets.dataset import Dataset, Split
from autograder.datasets.readers import read_folders, read_trec
from autograder.datasets.tables import read_csv
from autograder.errors import AssignmentError

SOURCES = ("builtin", "trec", "csv", "folders")
BUILTIN_TRAIN, BUILTIN_TEST = 4000, 1000


def load_dataset(source: str, *, path: Path | None, train: int | None, test: int | None, seed: int) -> Dataset:
    """The dataset of an assignment.

    Args:
        source: One of ``SOURCES``.
        path: Where the files are; None for ``builtin``.
        train: Number of texts to train on; None for all there are (``builtin``: 4000).
        test: Number of texts to test on; None for all there are (``builtin``: 1000).
        seed: Decides which texts are generated, set aside and chosen; the same seed gives the same dataset.

    Raises:
        AssignmentError: No such source, a path that is missing or has no use, or more texts wanted than there are.
    """
    if source not in SOURCES:
        close = get_close_matches(source, SOURCES, n=1)
        advice = f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(SOURCES)}"
        raise AssignmentError(f"data source {source!r} is unknown; {advice}")
    for what, number in (("train", train), ("test", test)):
        if number is not None and number < 1:
            raise AssignmentError(f"data source {source!r}: {what} = {number}; at least one text is needed")
    if source == "builtin":
        if path is not None:
            raise AssignmentError(
                f"data source 'builtin' reads no files; remove the path {path}, or choose another source"
            )
        return builtin(train=train or BUILTIN_TRAIN, test=test or BUILTIN_TEST, seed=seed)
    if path is None:
        raise AssignmentError(f"data source {source!r} needs a path to its files")
    return _smaller(_read(source, path, seed), train, test, seed)


def _read(source: str, path: Path, seed: int) -> Dataset:
    if not path.exists():
        raise AssignmentError(f"{path}: no such file or folder; data source {source!r} reads it")
    if source == "trec":
        return read_trec(path)
    return read_folders(path) if source == "folders" else read_csv(path, seed=seed)


def _smaller(data: Dataset, train: int | None, test: int | None, seed: int) -> Dataset:
    return replace(
        data,
        train=_chosen(data.train, train, [seed, 1], f"{data.name}: train"),
        test=_chosen(data.test, test, [seed, 0], f"{data.name}: test"),
    )


def _chosen(split: Split, n: int | None, seed: list[int], what: str) -> Split:
    """``n`` texts of a split, chosen by the seed, in their old order; all of them for None."""
    if n is None:
        return split
    if n > len(split):
        raise AssignmentError(
            f"{what} = {n}, but there are {len(split)} texts; lower it, or leave it out for all of them"
        )
    order = np.argsort(np.random.Generator(np.random.PCG64(seed)).random(len(split)), kind="stable")
    return split.take(np.sort(order[:n]))
