"""Master sources: the solution as an instructor writes it, put together from what assignments have in common.

A line of a master source that stands by itself::

    ### PART: ../text-classifiers/text.py

gives place to what that file holds below its own line ``### BEGIN PART``. What stands above it (a docstring, imports)
makes the part a module that linters and people can read; the master source has the same imports.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import AssignmentError

PART, BEGIN_PART = "### PART:", "### BEGIN PART"


def master_sources(solution: Path, modules: Iterable[str]) -> dict[str, str]:
    """The text of each master source, whole, by file name.

    Args:
        solution: The folder that holds them.
        modules: Their names, without ``.py``.

    Raises:
        AssignmentError: A master source or a part of it can't be read or doesn't compile, or a part doesn't say where
            it begins.
    """
    return {f"{module}.py": whole(solution / f"{module}.py") for module in modules}


@dataclass(frozen=True)
class Line:
    """A line of a master source: where its author finds it, and its text."""

    file: Path | str
    number: int
    text: str

    @property
    def place(self) -> str:
        """As ``solutions/text-cnn/keras_text_cnn.py:29``."""
        return f"{self.file}:{self.number}"


def whole(file: Path) -> str:
    """One master source with its parts in their places.

    Raises:
        AssignmentError: As :func:`master_sources`.
    """
    return text_of(whole_lines(file))


def whole_lines(file: Path) -> list[Line]:
    """The same, line by line: each knows the file and the number under which its author finds it.

    Raises:
        AssignmentError: As :func:`master_sources`.
    """
    lines: list[Line] = []
    for line in lines_of(read(file), file):
        lines += _part(line) if line.text.startswith(PART) else [line]
    must_compile(lines, "the master source doesn't compile")
    return lines


def lines_of(source: str, file: Path | str, first: int = 1) -> list[Line]:
    """The lines of a source, of which the first has this number in its file."""
    return [Line(file, number, text) for number, text in enumerate(source.split("\n"), first)]


def text_of(lines: Iterable[Line]) -> str:
    """The source that these lines make."""
    return "\n".join(line.text for line in lines)


def must_compile(lines: Sequence[Line], complaint: str) -> None:
    """Check that lines are Python.

    Raises:
        AssignmentError: They aren't; with file and line as the author sees them.
    """
    try:
        compile(text_of(lines), "master source", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # ValueError: it holds a zero byte
        at = min(max(getattr(error, "lineno", None) or 1, 1), len(lines)) - 1
        raise AssignmentError(f"{lines[at].place}: {complaint}: {getattr(error, 'msg', error)}") from error


def _part(line: Line) -> list[Line]:
    path = Path(os.path.normpath(Path(line.file).parent / line.text.removeprefix(PART).strip()))
    if not path.is_file():
        raise AssignmentError(f"{line.place}: there is no part {path}")
    above, begin, text = read(path).partition(f"\n{BEGIN_PART}\n")
    if not begin:
        raise AssignmentError(f"{path}: has no line {BEGIN_PART!r}, so nobody knows what to take of it")
    blank = len(text) - len(text.lstrip("\n"))
    return lines_of(text.strip("\n"), path, above.count("\n") + 3 + blank)


def read(path: Path) -> str:
    """A source's text.

    Raises:
        AssignmentError: There is none, or it isn't UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise AssignmentError(f"{path}: the source can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise AssignmentError(f"{path}: isn't UTF-8: {error.reason} at byte {error.start}") from error


def write_modules(sources: Mapping[str, str], into: Path) -> Path:
    """Write sources into a new folder that others may read, and return it."""
    into.mkdir(mode=0o755)
    for name, text in sources.items():
        (into / name).write_text(text, encoding="utf-8", newline="\n")
    return into
