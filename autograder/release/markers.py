"""Solution markers: what stands between them is for the master source alone.

A block of a master source::

    def build_model():
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 2.1: build the model")
        return Model()
        ### END SOLUTION

The students' stub has the code of the ``STUB`` lines in the block's place, at the block's indentation; what stands
after ``STUB:`` and one space is taken as it is, so that several lines may be indented among themselves. A block without
such a line leaves nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.errors import AssignmentError

BEGIN, END, STUB = "### BEGIN SOLUTION", "### END SOLUTION", "### STUB:"

# What was meant as a marker: misspelt, it would hand out the solution. nbgrader's other markers are none of ours.
_LIKE_A_MARKER = re.compile(
    r"#[ \t]*(BEGIN|END|START|STOP)[ \t_-]*SOL"
    r"|###[ \t]*(BEGIN|END|START|STOP)\b(?![ \t]+(HIDDEN|MARK))"
    r"|###.*\bSOLUTION"
    r"|#[ \t]*STUB[ \t]*:|##[ \t]*STUB\b",
    re.IGNORECASE,
)

_HINT = f"give the solution a line `{STUB} raise NotImplementedError(...)`"


@dataclass(frozen=True)
class _Line:
    number: int  # in the master source
    text: str


@dataclass(frozen=True)
class _Block:
    """A solution, without its markers."""

    begin: _Line
    lines: tuple[_Line, ...]

    def stub(self) -> list[_Line]:
        """The code of the block's STUB lines, indented as the block is."""
        indent = self.begin.text[: _indent(self.begin)]
        stubs = [(line.number, line.text.lstrip()) for line in self.lines if line.text.lstrip().startswith(STUB)]
        return [_Line(number, indent + text[len(STUB) :].removeprefix(" ").rstrip()) for number, text in stubs]


def strip_solution(source: str, path: str = "") -> str:
    """What students get of a master source.

    Args:
        source: Python source with solution markers.
        path: Where it came from, for messages.

    Returns:
        The source with each solution replaced by its stub; Python that compiles.

    Raises:
        AssignmentError: Markers are nested, unclosed, crossed or misspelt, there are none, or what is left doesn't
            compile. With the line in the master source.
    """
    path = path or "master source"
    master = _lines(source)
    _compile(master, path, "the master source doesn't compile")
    kept = _without_solutions(master, path)
    if len(kept) == len(master):
        raise AssignmentError(f"{path}: has no {BEGIN!r}: the stub would be the solution")
    _compile(kept, path, f"what students get doesn't compile ({_HINT})")
    _check_bodies(master, kept, path)
    return _text(kept).rstrip("\n") + "\n"


def _without_solutions(master: list[_Line], path: str) -> list[_Line]:
    kept: list[_Line] = []
    skip = 0  # blank lines to leave out where a block left nothing, so that those around it don't add up
    for part in _parts(master, path):
        if isinstance(part, _Block):
            stub = part.stub()
            kept += stub
            skip = 0 if stub else _blank_at_end(kept)
        elif part.text.strip() or not skip:
            kept.append(part)
            skip = 0
        else:
            skip -= 1
    return kept


def _lines(source: str) -> list[_Line]:
    return [_Line(number, text) for number, text in enumerate(source.split("\n"), 1)]


def _text(lines: list[_Line]) -> str:
    return "\n".join(line.text for line in lines)


def _blank_at_end(lines: list[_Line]) -> int:
    return next((n for n, line in enumerate(reversed(lines)) if line.text.strip()), len(lines))


def _parts(lines: list[_Line], path: str) -> Iterator[_Line | _Block]:
    """The lines outside of solutions, and the solutions."""
    begin: _Line | None = None
    inside: list[_Line] = []
    for line in lines:
        marker = _marker(line, path)
        _check_order(line, marker, begin, path)
        if marker == BEGIN:
            begin, inside = line, []
        elif marker == END and begin:
            yield _Block(begin, tuple(inside))
            begin = None
        elif begin:
            inside.append(line)
        else:
            yield line
    if begin:
        raise AssignmentError(f"{path}:{begin.number}: {BEGIN!r} is never closed; add {END!r}")


def _marker(line: _Line, path: str) -> str:
    text = line.text.strip()
    if text in {BEGIN, END}:
        return text
    if text.startswith(STUB) and text != STUB and not _LIKE_A_MARKER.search(text[len(STUB) :]):
        return STUB
    if _LIKE_A_MARKER.search(text):
        known = f"{BEGIN!r}, {END!r} and {STUB + ' code'!r}, each on a line of its own"
        raise AssignmentError(f"{path}:{line.number}: {text!r} looks like a marker, but markers are {known}")
    return ""


def _check_order(line: _Line, marker: str, begin: _Line | None, path: str) -> None:
    place = f"{path}:{line.number}:"
    if marker == BEGIN and begin:
        raise AssignmentError(
            f"{place} {BEGIN!r} within the solution that begins in line {begin.number}; close that first"
        )
    if marker in {END, STUB} and not begin:
        raise AssignmentError(f"{place} {line.text.strip()!r} without {BEGIN!r} before it")
    if marker == END and begin and _indent(line) != _indent(begin):
        raise AssignmentError(f"{place} {END!r} is indented unlike its {BEGIN!r} in line {begin.number}")


def _indent(line: _Line) -> int:
    return len(line.text) - len(line.text.lstrip())


def _compile(lines: list[_Line], path: str, complaint: str) -> None:
    """Check that the lines compile; they know where in the master source they come from."""
    try:
        compile(_text(lines), path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # ValueError: it holds a zero byte
        at = min(max(getattr(error, "lineno", None) or 1, 1), len(lines)) - 1
        raise AssignmentError(f"{path}:{lines[at].number}: {complaint}: {getattr(error, 'msg', error)}") from error


def _check_bodies(master: list[_Line], kept: list[_Line], path: str) -> None:
    """Refuse a function of which a docstring alone is left: it would return None, without a word on what is missing."""
    meant = set(_without_body(master))
    for number in _without_body(kept):
        line = kept[number - 1].number
        if line not in meant:
            raise AssignmentError(f"{path}:{line}: students get this function without a body; {_HINT}")


def _without_body(lines: list[_Line]) -> list[int]:
    """Line numbers, within ``lines``, of the functions that have a docstring and nothing else."""
    functions = (n for n in ast.walk(ast.parse(_text(lines))) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return [f.lineno for f in functions if len(f.body) == 1 and ast.get_docstring(f) is not None]
