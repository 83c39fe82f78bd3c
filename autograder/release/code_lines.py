"""How many lines of code the solution of each task takes, in each framework."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.blueprint import Framework
from autograder.errors import AssignmentError
from autograder.release.markers import BEGIN, END, STUB

_TASK = re.compile(r"Task (\d+\.\d+)")


@dataclass
class _Part:
    """A task's solution in one master source: in which functions, and in how many lines."""

    functions: list[str] = field(default_factory=list)
    lines: int = 0


def lines_table(masters: Mapping[Framework, str]) -> str:
    """A Markdown table of lines of code by task; blank lines and lines of comment don't count.

    Raises:
        AssignmentError: There is no master source, or a solution's STUB line names no task.
    """
    if not masters:
        raise AssignmentError("the table of lines needs the master sources")
    parts = {framework: _parts(source, framework.label) for framework, source in masters.items()}
    named = next(iter(parts.values()))
    rows = ["| task | " + " | ".join(framework.label for framework in masters) + " |"]
    rows.append("| --- |" + " ---: |" * len(masters))
    for task in sorted({task for own in parts.values() for task in own}):
        functions = ", ".join(f"`{name}`" for name in named[task].functions) if task in named else ""
        counts = [str(own[task].lines) if task in own else "" for own in parts.values()]
        rows.append(f"| {f'{task} {functions}'.strip()} | {' | '.join(counts)} |")
    totals = [f"**{sum(part.lines for part in own.values())}**" for own in parts.values()]
    return "\n".join([*rows, f"| **all** | {' | '.join(totals)} |"]) + "\n"


def _parts(source: str, label: str) -> dict[str, _Part]:
    parts: dict[str, _Part] = {}
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for begin, lines in _solutions(source):
        stub = next((line for line in lines if line.startswith(STUB)), "")
        task = _TASK.search(stub)
        if task is None:
            raise AssignmentError(f"the {label} master source, line {begin}: the solution's {STUB!r} names no task")
        part = parts.setdefault(task[1], _Part())
        part.functions += [f.name for f in functions if f.lineno < begin <= (f.end_lineno or f.lineno)]
        part.lines += sum(bool(line) and not line.startswith("#") for line in lines)
    return parts


def _solutions(source: str) -> list[tuple[int, list[str]]]:
    """Line number of each solution's beginning, and its stripped lines."""
    found: list[tuple[int, list[str]]] = []
    inside = False
    for number, line in enumerate(source.splitlines(), 1):
        text = line.strip()
        if text == END:
            inside = False
        elif text == BEGIN:
            inside = True
            found.append((number, []))
        elif inside:
            found[-1][1].append(text)
    return found
