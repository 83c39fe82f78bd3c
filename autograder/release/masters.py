"""Master sources: the solution as an instructor writes it, put together from what assignments have in common.

A line of a master source that stands by itself::

    ### PART: ../text-classifiers/text.py

gives place to what that file holds below its own line ``### BEGIN PART``. What stands above it (a docstring, imports)
makes the part a module that linters and people can read; the master source has the same imports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from autograder.errors import AssignmentError

PART, BEGIN_PART = "### PART:", "### BEGIN PART"


def master_sources(solution: Path, modules: Iterable[str]) -> dict[str, str]:
    """The text of each master source, whole, by file name.

    Args:
        solution: The folder that holds them.
        modules: Their names, without ``.py``.

    Raises:
        AssignmentError: A master source or a part of it can't be read, or a part doesn't say where it begins.
    """
    return {f"{module}.py": whole(solution / f"{module}.py") for module in modules}


def whole(file: Path) -> str:
    """One master source with its parts in their places.

    Raises:
        AssignmentError: As :func:`master_sources`.
    """
    lines = read(file).split("\n")
    placed = [_part(file, number, line) if line.startswith(PART) else line for number, line in enumerate(lines, 1)]
    return "\n".join(placed)


def _part(master: Path, number: int, line: str) -> str:
    path = master.parent / line.removeprefix(PART).strip()
    if not path.is_file():
        raise AssignmentError(f"{master}:{number}: there is no part {path}")
    _, begin, text = read(path).partition(f"\n{BEGIN_PART}\n")
    if not begin:
        raise AssignmentError(f"{path}: has no line {BEGIN_PART!r}, so nobody knows what to take of it")
    return text.strip("\n")


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
