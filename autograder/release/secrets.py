"""What students must never get: read from the folder ``solutions/`` of a course.

Masters have solutions between markers; what stands outside of them is the stub's, and rightly shared. Known mistakes
and variants are secret as a whole, and so are their names, the seed and the files of hidden data.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from autograder.errors import AssignmentError
from autograder.release.bundles import read_folder
from autograder.release.markers import BEGIN, END, STUB
from autograder.release.masters import read

MASTERS: Final = ("*/*.py", "models/*/*.py")  # of assignments, their parts, and the templates of new ones
OVERLAYS, SEED, DATA = ("mutants", "variants"), "hidden.toml", "hidden"
_LEAST_SEED = 10_000  # a smaller one can be guessed, and stands in many texts as a number of something else
_TRAINING = "train"  # how files or folders of texts to train on begin: those may well be the public ones


@dataclass(frozen=True)
class Piece:
    """Some lines of secret code. ``place`` says where they stand: ``solutions/text-cnn/keras_text_cnn.py:61``."""

    place: str
    text: str


@dataclass(frozen=True)
class Secrets:
    """All that a course keeps to itself.

    Attributes:
        pieces: Solutions, known mistakes and variants, function by function.
        shared: Lines of the same files that the stubs have as well.
        names: Folders of known mistakes and variants.
        seeds: Of hidden data, by the file that holds it.
        data: Lines of each file of hidden data to test on, by its place.
    """

    pieces: tuple[Piece, ...]
    shared: tuple[str, ...]
    names: frozenset[str]
    seeds: dict[str, int]
    data: dict[str, frozenset[bytes]]


def read_secrets(solutions: Path) -> Secrets:
    """Gather them from ``solutions/``, those of all assignments: one's solution is no other's handout.

    Raises:
        AssignmentError: A file can't be read, or a seed is none or can be guessed.
    """
    sources = (file for pattern in MASTERS for file in sorted(solutions.glob(pattern)))
    masters = [file for file in sources if file.is_file()]
    overlays = [file for kind in OVERLAYS for file in sorted(solutions.glob(f"*/{kind}/*/*.py"))]
    split = [_split(file, solutions.parent) for file in masters]
    return Secrets(
        pieces=tuple(piece for pieces, _ in split for piece in pieces)
        + tuple(piece for file in overlays for piece in _functions(file, solutions.parent)),
        shared=tuple(line for _, lines in split for line in lines),
        names=frozenset(file.parent.name for file in overlays),
        seeds={_place(file, solutions.parent): _seed(file) for file in sorted(solutions.glob(f"*/{SEED}"))},
        data=dict(_data(solutions)),
    )


def _split(file: Path, top: Path) -> tuple[list[Piece], list[str]]:
    """The solutions of a master, and its other lines. Lenient: another assignment's master may be half written."""
    pieces: list[Piece] = []
    shared: list[str] = []
    inside: list[str] | None = None
    begin = 0
    for number, line in enumerate([*read(file).split("\n"), END], 1):
        text = line.strip()
        if text == BEGIN:
            inside, begin = [], number + 1
        elif text == END and inside is not None:
            pieces.append(Piece(f"{_place(file, top)}:{begin}", "\n".join(inside)))
            inside = None
        elif text.startswith(STUB):
            shared.append(text.removeprefix(STUB))
        else:
            (shared if inside is None else inside).append(line)
    return pieces, shared


def _functions(file: Path, top: Path) -> Iterator[Piece]:
    """The functions, classes and other statements of a file that is secret as a whole; not what it imports."""
    source = read(file)
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise AssignmentError(f"{file}:{error.lineno}: doesn't compile: {error.msg}") from error
    for statement in statements:
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            text = ast.get_source_segment(source, statement) or ""
            yield Piece(f"{_place(file, top)}:{statement.lineno}", text)


def _seed(file: Path) -> int:
    try:
        seed = int(tomllib.loads(read(file))["seed"])
    except (ValueError, KeyError, TypeError) as error:
        raise AssignmentError(f"{file} has to hold a line such as `seed = 12345`: {error}") from error
    if seed < _LEAST_SEED:
        raise AssignmentError(f"{file}: seed = {seed} can be guessed; draw one of five digits or more")
    return seed


def _data(solutions: Path) -> Iterator[tuple[str, frozenset[bytes]]]:
    for folder in sorted(solutions.glob(f"*/{DATA}")):
        for path, file in read_folder(folder).items():
            if path.startswith(_TRAINING):
                continue
            lines = frozenset(line.strip() for line in file.data.splitlines())
            yield _place(folder / path, solutions.parent), lines - {b""}


def _place(file: Path, top: Path) -> str:
    """A path as people know it, without this machine's folders."""
    return file.relative_to(top).as_posix()
