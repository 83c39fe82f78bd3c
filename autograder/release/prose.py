"""Whether what students read talks of the model that they are to build, and not of the one that it was copied from.

A handout may well compare with another model. Then it says so once, in a comment that no page shows::

    <!-- also: GRU, convolution -->
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from autograder.assignment import Assignment
from autograder.assignment.problems import did_you_mean
from autograder.blueprint import Blueprint
from autograder.errors import AssignmentError
from autograder.release.masters import read
from autograder.release.student import HANDOUT

# Kinds of layers that tell models apart. Each finds itself in the words of the layers that are of its kind, too, so a
# blueprint says by its own layers which it has.
KINDS: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "LSTM": re.compile(r"(?<![A-Za-z_])(Bi)?LSTMs?(?![A-Za-z_])"),
        "GRU": re.compile(r"(?<![A-Za-z_])(Bi)?GRUs?(?![A-Za-z_])"),
        "convolution": re.compile(r"\b[Cc]onvolution|\bConv[12][Dd]\b"),
        "batch normalization": re.compile(r"\b[Bb]atch normali[sz]ation|\bBatchNorm"),
        "layer normalization": re.compile(r"\b[Ll]ayer normali[sz]ation|\bLayerNorm"),
    }
)
_ALSO = re.compile(r"<!--\s*also:\s*(.*?)\s*-->")
_MOST_LINES = 8  # that a message names, of one kind


def of_other_models(assignment: Assignment) -> list[str]:
    """A message for each kind of layer that the handout or a stub names and the blueprint doesn't have.

    Raises:
        AssignmentError: A file is missing, or what the handout allows is no kind.
    """
    foreign = KINDS.keys() - had(assignment.blueprint_function()(**_some_sizes(assignment)))
    handout = assignment.folder / HANDOUT
    foreign -= set(_allowed(handout))
    files = [handout, *(assignment.folder / f"{module}.py" for module in assignment.modules.values())]
    return [
        f"{file}:{lines[0]}: talks of another model: {kind} in {_told(lines)}, and the blueprint has none. Rewrite it; "
        f"where it is meant, as a comparison, put `<!-- also: {kind} -->` into {HANDOUT}"
        for file in files
        for kind, lines in _named(read(file), sorted(foreign))
    ]


def had(blueprint: Blueprint) -> set[str]:
    """The kinds that a model has."""
    words = [layer.words for layer in blueprint.model.walk()]
    return {kind for kind, pattern in KINDS.items() if any(map(pattern.search, words))}


def _some_sizes(assignment: Assignment) -> dict[str, object]:
    """Any will do: of text, those that the data would give are put in."""
    data = {"vocab_size": 50, "num_classes": 2} if assignment.text is not None else {}
    return {**assignment.sizes, **data}


def _allowed(handout: Path) -> Iterator[str]:
    for number, line in enumerate(read(handout).split("\n"), 1):
        for found in _ALSO.finditer(line):
            for kind in re.split(r"\s*,\s*", found[1]):
                if kind not in KINDS:
                    raise AssignmentError(f"{handout}:{number}: no kind of layer: {kind!r}{did_you_mean(kind, KINDS)}")
                yield kind


def _named(text: str, kinds: list[str]) -> Iterator[tuple[str, list[int]]]:
    """Each of these kinds that the text names, and in which lines."""
    lines = text.split("\n")
    for kind in kinds:
        if found := [number for number, line in enumerate(lines, 1) if KINDS[kind].search(line)]:
            yield kind, found


def _told(lines: list[int]) -> str:
    shown = ", ".join(map(str, lines[:_MOST_LINES]))
    more = f" and {len(lines) - _MOST_LINES} more" if len(lines) > _MOST_LINES else ""
    return f"line{'s' if len(lines) > 1 else ''} {shown}{more}"
