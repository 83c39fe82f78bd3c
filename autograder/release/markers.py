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
from dataclasses import dataclass, replace

from autograder.errors import AssignmentError
from autograder.release.masters import Line, lines_of, must_compile, text_of

BEGIN, END, STUB = "### BEGIN SOLUTION", "### END SOLUTION", "### STUB:"

# What was meant as a marker: misspelt, it would hand out the solution. nbgrader's other markers are none of ours.
_LIKE_A_MARKER = re.compile(
    r"#[ \t]*(BEGIN|END|START|STOP)[ \t_-]*SOL"
    r"|###[ \t]*(BEGIN|END|START|STOP)\b(?![ \t]+(HIDDEN|MARK))"
    r"|###.*\bSOLUTION"
    r"|#[ \t]*STUB[ \t]*:|##[ \t]*STUB\b",
    re.IGNORECASE,
)

_ANNOUNCED = re.compile(r"^\s*Task (\d+\.\d+)\b", re.MULTILINE)

_HINT = f"give the solution a line `{STUB} raise NotImplementedError(...)`"


@dataclass(frozen=True)
class _Block:
    """A solution, without its markers."""

    begin: Line
    lines: tuple[Line, ...]

    def stub(self) -> list[Line]:
        """The code of the block's STUB lines, indented as the block is."""
        indent = self.begin.text[: _indent(self.begin)]
        stubs = [line for line in self.lines if line.text.lstrip().startswith(STUB)]
        codes = [line.text.lstrip()[len(STUB) :].removeprefix(" ").rstrip() for line in stubs]
        return [replace(line, text=indent + code) for line, code in zip(stubs, codes, strict=True)]


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
    return stub_of(lines_of(source, path or "master source"))


def stub_of(master: list[Line]) -> str:
    """The same of lines, which know where their author finds them.

    Raises:
        AssignmentError: As :func:`strip_solution`.
    """
    path = master[0].file
    must_compile(master, "the master source doesn't compile")
    kept = _without_solutions(master)
    if len(kept) == len(master):
        raise AssignmentError(f"{path}: has no {BEGIN!r}: the stub would be the solution")
    must_compile(kept, f"what students get doesn't compile ({_HINT})")
    _check_bodies(master, kept)
    _check_announced(master)
    return text_of(kept).rstrip("\n") + "\n"


def _without_solutions(master: list[Line]) -> list[Line]:
    kept: list[Line] = []
    skip = 0  # blank lines to leave out where a block left nothing, so that those around it don't add up
    for part in _parts(master):
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


def _blank_at_end(lines: list[Line]) -> int:
    return next((n for n, line in enumerate(reversed(lines)) if line.text.strip()), len(lines))


def _parts(lines: list[Line]) -> Iterator[Line | _Block]:
    """The lines outside of solutions, and the solutions."""
    begin: Line | None = None
    inside: list[Line] = []
    for line in lines:
        marker = _marker(line)
        _check_order(line, marker, begin)
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
        raise AssignmentError(f"{begin.place}: {BEGIN!r} is never closed; add {END!r}")


def _marker(line: Line) -> str:
    text = line.text.strip()
    if text in {BEGIN, END}:
        return text
    if text.startswith(STUB) and text != STUB and not _LIKE_A_MARKER.search(text[len(STUB) :]):
        return STUB
    if _LIKE_A_MARKER.search(text):
        known = f"{BEGIN!r}, {END!r} and {STUB + ' code'!r}, each on a line of its own"
        raise AssignmentError(f"{line.place}: {text!r} looks like a marker, but markers are {known}")
    return ""


def _check_order(line: Line, marker: str, begin: Line | None) -> None:
    place = f"{line.place}:"
    if marker == BEGIN and begin:
        raise AssignmentError(
            f"{place} {BEGIN!r} within the solution that begins in line {begin.number}; close that first"
        )
    if marker in {END, STUB} and not begin:
        raise AssignmentError(f"{place} {line.text.strip()!r} without {BEGIN!r} before it")
    if marker == END and begin and _indent(line) != _indent(begin):
        raise AssignmentError(f"{place} {END!r} is indented unlike its {BEGIN!r} in line {begin.number}")


def _indent(line: Line) -> int:
    return len(line.text) - len(line.text.lstrip())


def _check_bodies(master: list[Line], kept: list[Line]) -> None:
    """Refuse a function of which a docstring alone is left: it would return None, without a word on what is missing."""
    meant = {master[number - 1] for number in _without_body(master)}
    for number in _without_body(kept):
        line = kept[number - 1]
        if line not in meant:
            raise AssignmentError(f"{line.place}: students get this function without a body; {_HINT}")


def _check_announced(master: list[Line]) -> None:
    """Refuse a function that announces a task and marks no solution: students would get it whole."""
    begins = {number for number, line in enumerate(master, 1) if line.text.strip() == BEGIN}
    for node in ast.walk(ast.parse(text_of(master))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        task = _ANNOUNCED.search(ast.get_docstring(node) or "")
        if task and begins.isdisjoint(range(node.lineno, (node.end_lineno or node.lineno) + 1)):
            raise AssignmentError(
                f"{master[node.lineno - 1].place}: `{node.name}` announces task {task[1]}, but no solution is marked in"
                f" it, so students would get it whole: put {BEGIN!r}, a line {STUB + ' ...'!r} and {END!r} around it"
            )


def _without_body(lines: list[Line]) -> list[int]:
    """Line numbers, within ``lines``, of the functions that have a docstring and nothing else."""
    functions = (
        n for n in ast.walk(ast.parse(text_of(lines))) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return [f.lineno for f in functions if len(f.body) == 1 and ast.get_docstring(f) is not None]
