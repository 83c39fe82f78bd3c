"""A handout's tables follow from the assignment: they are made anew, so that prose and declaration can't disagree.

The handout (Markdown) says where each one stands, and what stands there now is replaced::

    <!-- layers:begin -->
    <!-- layers:end -->

The tables' names are ``NAMES``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from autograder.assignment import Assignment
from autograder.blueprint import Blueprint, Framework, layer_table_markdown
from autograder.errors import AssignmentError
from autograder.release import handout_tables as tables
from autograder.release.code_lines import lines_table
from autograder.report import CheckResult

_MARKER = re.compile(r"<!-- ([a-z]+):(begin|end) -->")
_LIKE_A_MARKER = re.compile(r"<!--[\w\s-]*:\s*(begin|end)\s*-->", re.IGNORECASE)


@dataclass(frozen=True)
class Facts:
    """What the tables are made of.

    Attributes:
        assignment: The declaration.
        sizes: Arguments of the blueprint for the model that is trained, on the data that students have.
        checks: One entry for each case of each check, as collected.
        masters: Text of the master sources, for the table of lines.
    """

    assignment: Assignment
    sizes: Mapping[str, Any]
    checks: Sequence[CheckResult]
    masters: Mapping[Framework, str] = field(default_factory=dict)

    @property
    def blueprint(self) -> Blueprint:
        made: Blueprint = self.assignment.blueprint_function()(**self.sizes)
        return made


def renew(handout: str, facts: Facts, path: str = "README.md") -> str:
    """The handout with its tables made anew; nothing else is changed.

    Args:
        handout: Markdown.
        facts: What the tables are made of.
        path: Where the handout came from, for messages.

    Raises:
        AssignmentError: A marker is misspelt, unknown, twice there or without its other half, with the line; or a
            table that the handout wants can't be made.
    """
    lines = handout.split("\n")
    renewed: list[str] = []
    done = 0
    for name, begin, end in _places(lines, path):
        renewed += [*lines[done : begin + 1], "", *block(name, facts).rstrip("\n").split("\n"), ""]
        done = end
    return "\n".join(renewed + lines[done:])


def block(name: str, facts: Facts) -> str:
    """One table in Markdown.

    Raises:
        AssignmentError: No such table, or the assignment lacks what it shows.
    """
    if name not in _TABLES:
        raise AssignmentError(_unknown(name))
    return _TABLES[name](facts)


_TABLES: Mapping[str, Callable[[Facts], str]] = MappingProxyType(
    {
        "call": lambda facts: tables.call(facts.assignment.blueprint_function(), facts.sizes),  # of build_model
        "layers": lambda facts: layer_table_markdown(facts.blueprint),
        "count": lambda facts: tables.count(facts.blueprint),  # how each layer's number of parameters comes about
        "settings": lambda facts: tables.settings(facts.assignment),  # what is trained on, and how
        "checks": lambda facts: tables.checks(facts.assignment, facts.checks),
        "thresholds": lambda facts: tables.thresholds(facts.assignment),
        "limits": lambda facts: tables.limits(facts.assignment),
        "lines": lambda facts: lines_table(facts.masters),  # of code, in the solution
    }
)

NAMES = tuple(_TABLES)


def _places(lines: Sequence[str], path: str) -> Iterator[tuple[str, int, int]]:
    """Name, and first and last line (counted from 0), of each table's place."""
    opened: tuple[str, int] | None = None
    seen: set[str] = set()
    for index, line in enumerate(lines):
        marker = _marker(line, f"{path}:{index + 1}")
        if marker is None:
            continue
        name, half = marker
        if (half == "end") is (opened is None) or (opened and opened[0] != name):
            raise AssignmentError(f"{path}:{index + 1}: {line.strip()!r} isn't the other half of {_told(opened)}")
        if opened is not None:
            yield name, opened[1], index
            opened = None
        elif name in seen:
            raise AssignmentError(f"{path}:{index + 1}: the table {name!r} stands in the handout twice")
        else:
            opened = (name, index)
            seen.add(name)
    if opened is not None:
        raise AssignmentError(f"{path}:{opened[1] + 1}: the table {opened[0]!r} has no `<!-- {opened[0]}:end -->`")


def _told(opened: tuple[str, int] | None) -> str:
    return "anything" if opened is None else f"`<!-- {opened[0]}:begin -->` in line {opened[1] + 1}"


def _marker(line: str, place: str) -> tuple[str, str] | None:
    """The table's name, and ``begin`` or ``end``."""
    found = _MARKER.fullmatch(line.strip())
    if found is None:
        if _LIKE_A_MARKER.search(line):
            raise AssignmentError(
                f"{place}: {line.strip()!r} looks like a marker; one is `<!-- layers:begin -->`, on a line of its own"
            )
        return None
    if found[1] not in NAMES:
        raise AssignmentError(f"{place}: {_unknown(found[1])}")
    return found[1], found[2]


def _unknown(name: str) -> str:
    return f"there is no table {name!r}; there are {', '.join(NAMES)}"
