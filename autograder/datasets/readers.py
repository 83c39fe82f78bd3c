"""Readers of real texts: the TREC questions, tables, and folders of text files."""

from __future__ import annotations

from pathlib import Path

from autograder.datasets.dataset import Dataset
from autograder.datasets.labelled import Labelled, dataset
from autograder.datasets.lines import read_lines
from autograder.errors import AssignmentError

TREC_TRAIN, TREC_TEST = "train_5500.label", "TREC_10.label"


def read_trec(folder: Path) -> Dataset:
    """The TREC questions with their six coarse classes.

    Args:
        folder: Holds ``train_5500.label`` and ``TREC_10.label`` as published: each line is ``LABEL:fine text``.

    Raises:
        AssignmentError: A file is missing, or a line has no label.
    """
    return dataset("TREC questions", folder, _questions(folder / TREC_TRAIN), _questions(folder / TREC_TEST))


def _questions(path: Path) -> list[Labelled]:
    lines = enumerate(read_lines(path, published_as="latin-1"), start=1)
    return [_question(line, f"{path}, line {number}") for number, line in lines if line.strip()]


def _question(line: str, where: str) -> Labelled:
    label, _, text = line.partition(" ")
    coarse, colon, _fine = label.partition(":")
    if not (coarse and colon):
        raise AssignmentError(f"{where}: no label in {line[:40]!r}; each line is 'LABEL:fine text'")
    return Labelled(text.strip(), coarse, where)


def read_folders(folder: Path) -> Dataset:
    """Texts in files ``train/<class>/*.txt`` and ``test/<class>/*.txt``, one text per file.

    Names that begin with a dot are passed over.

    Raises:
        AssignmentError: A folder is missing or holds no text.
    """
    return dataset(folder.name, folder, _in_folders(folder / "train"), _in_folders(folder / "test"))


def _in_folders(folder: Path) -> list[Labelled]:
    if not folder.is_dir():
        raise AssignmentError(f"{folder}: no such folder; texts go to {folder}/<class>/*.txt")
    classes = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    return [item for one_class in classes for item in _in_folder(one_class)]


def _in_folder(folder: Path) -> list[Labelled]:
    files = sorted(path for path in folder.glob("*.txt") if not path.name.startswith("."))
    if not files:
        raise AssignmentError(f"{folder}: the class is empty; add .txt files, or remove the folder")
    return [Labelled("\n".join(read_lines(path)), folder.name, str(path)) for path in files]
