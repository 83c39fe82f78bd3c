"""Reader of tables with a column ``text`` and a column ``label``."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from autograder.datasets.dataset import Dataset
from autograder.datasets.labelled import Labelled, dataset
from autograder.datasets.lines import read_lines
from autograder.errors import AssignmentError

TEST_SHARE = 0.2
"""Share of each class that is set aside to test on where there is one file only."""

_SUFFIXES = (".csv", ".tsv")


def read_csv(path: Path, *, seed: int = 0) -> Dataset:
    """Texts and labels from a table whose first line names its columns, ``text`` and ``label`` among them.

    In ``.csv`` files commas separate and double quotes enclose; in ``.tsv`` files tabs separate and quotes are text.

    Args:
        path: A folder with ``train.csv`` and ``test.csv`` (or ``.tsv``), or one file, of which a fifth is set aside.
        seed: Decides which texts of a single file are set aside; the same seed sets aside the same.

    Raises:
        AssignmentError: A missing file or column, a line without a label, or with more or fewer fields than the header.
    """
    if path.is_dir():
        return dataset(path.name, path, _table(_part(path, "train")), _table(_part(path, "test")))
    train, test = _set_aside(_table(path), seed)
    return dataset(path.stem, path, train, test)


def _part(folder: Path, part: str) -> Path:
    candidates = [folder / f"{part}{suffix}" for suffix in _SUFFIXES]
    return next((path for path in candidates if path.exists()), candidates[0])


def _table(path: Path) -> list[Labelled]:
    lines = read_lines(path)
    if path.suffix.lower() == ".tsv":
        rows = csv.reader((f"{line}\n" for line in lines), delimiter="\t", quoting=csv.QUOTE_NONE)
    else:
        rows = csv.reader((f"{line}\n" for line in lines), strict=True)
    numbered = _numbered(rows, path)
    _, header = next(numbered, (1, []))
    text, label = (_column(header, name, path) for name in ("text", "label"))
    items = []
    for number, row in numbered:
        if row:
            _refuse_other_width(row, header, f"{path}, line {number}", tabs=path.suffix.lower() == ".tsv")
            items.append(_labelled(row, text, label, f"{path}, line {number}"))
    return items


def _numbered(rows: Iterator[list[str]], path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line that it begins in; a quoted text may run over several."""
    number = 1
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise AssignmentError(f"{path}, line {number}: {error}; check the quotes from here on") from error
        yield number, row
        number = rows.line_num + 1  # type: ignore[attr-defined]  # a csv.reader, which has no public type


def _column(header: Sequence[str], name: str, path: Path) -> int:
    found = [column.strip().lower() for column in header]
    if not any(found):
        raise AssignmentError(f"{path}, line 1: it is empty, and has to name the columns: text,label")
    if name in found:
        return found.index(name)
    close = get_close_matches(name, found, n=1)
    advice = f"rename {close[0]!r}" if close else "name the columns in the first line"
    raise AssignmentError(f"{path}, line 1: no column {name!r} among {', '.join(found)}; {advice}")


def _refuse_other_width(row: Sequence[str], header: Sequence[str], where: str, *, tabs: bool) -> None:
    """An unquoted comma would move the label: half a text becomes a class."""
    if len(row) == len(header):
        return
    found = f"{len(row)} field{'s' if len(row) != 1 else ''}"
    named = f"{where}: {found}, but line 1 names {len(header)} columns ({', '.join(header)})"
    if len(row) < len(header):
        advice = "give the missing ones, or remove the line"
    elif tabs:
        advice = "tabs separate; write a space within a text"
    else:
        advice = f'a text that holds a comma has to be in double quotes, such as "{row[0][:30]}, ..."'
    raise AssignmentError(f"{named}: {advice}")


def _labelled(row: Sequence[str], text: int, label: int, where: str) -> Labelled:
    if not row[label].strip():
        raise AssignmentError(f"{where}: no label for {row[text][:40]!r}; give one, or remove the line")
    return Labelled(row[text], row[label].strip(), where)


def _set_aside(items: Sequence[Labelled], seed: int) -> tuple[list[Labelled], list[Labelled]]:
    """A fifth of each class, at least one text where there are two; both parts keep the file's order."""
    order = np.argsort(np.random.Generator(np.random.PCG64(seed)).random(len(items)), kind="stable").tolist()
    aside: set[int] = set()
    for name in {item.label for item in items}:
        of_class = [index for index in order if items[index].label == name]
        aside.update(of_class[: max(round(TEST_SHARE * len(of_class)), int(len(of_class) > 1))])
    return (
        [item for index, item in enumerate(items) if index not in aside],
        [item for index, item in enumerate(items) if index in aside],
    )
