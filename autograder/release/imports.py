"""What a module imports, and whether that is there where it is graded: only what the framework itself needs is."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograder.assignment.packages import allowed

_NAME = "autograder"
_OTHERS = {"keras": "Keras", "tensorflow": "TensorFlow", "torch": "PyTorch"}


def import_problems(
    file: str,
    tree: ast.Module,
    beside: set[str],
    own: frozenset[str],
    left_behind: Mapping[str, str],
    packages: tuple[str, ...] = (),
) -> tuple[list[str], list[str]]:
    """What would fail among the imports of one module, and what is only doubtful.

    Args:
        file: The module's file.
        tree: Its source.
        beside: Files of the modules that are handed in.
        own: Packages of its own framework.
        left_behind: Names that can be imported at home alone, and the files that they stand for.
        packages: Further packages that the assignment lets students import.
    """
    wrong: list[str] = []
    doubtful: list[str] = []
    for name, line in _imported(tree):
        place = f"{file}, line {line}"
        if name == "":
            wrong.append(
                f"- {place}: a relative import. Modules are graded by themselves: put what it needs into {file}."
            )
        elif f"{name}.py" in beside or name in sys.stdlib_module_names or name in own:
            continue
        elif name in _OTHERS:
            doubtful.append(f"{place}: imports {name}, but this is the other framework's model. {_OTHERS[name]} has no"
                            " business here.")  # fmt: skip
        elif name in left_behind:
            wrong.append(
                f"- {place}: imports {name}, which is neither handed in nor installed where this is graded: "
                f"{left_behind[name]} lies in your folder alone. Put what you need of it into {file}."
            )
        elif name not in installed_there(packages):
            wrong.append(f"- {place}: imports {name}, which is neither handed in nor installed where this is graded."
                         f" Use {allowed(packages)}.")  # fmt: skip
    return wrong, doubtful


def imported_names(source: bytes) -> set[str]:
    """Top-level names that a file imports, also those that it can do without; none of a file that can't be read."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return set()
    return {name for name, _ in _imported(tree, guarded=True)}


def _imported(tree: ast.Module, *, guarded: bool = False) -> Iterator[tuple[str, int]]:
    """Top-level names and lines of imports; of those that it can do without (``try`` ... ``except``), if asked to."""
    spared = (
        set()
        if guarded
        else {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.Try) and node.handlers
            for statement in node.body
            for inner in ast.walk(statement)
        }
    )
    for node in ast.walk(tree):
        if id(node) in spared:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0] if not node.level else "", node.lineno


@cache
def installed_there(packages: tuple[str, ...] = ()) -> frozenset[str]:
    """Names to import of everything that the framework and these packages depend on; at home there may be much more."""
    needed = _closure(_NAME, *packages)
    found = packages_distributions()
    return frozenset(module for module, names in found.items() if needed & {canonicalize_name(n) for n in names})


def needed_by_framework() -> frozenset[str]:
    """Packages that are installed wherever the framework is."""
    return _closure(_NAME)


def _closure(*packages: str) -> frozenset[str]:
    """These packages and all that they depend on, directly or not."""
    needed: set[str] = set()
    waiting = list(packages)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in needed:
            needed.add(name)
            waiting += _requirements(name)
    return frozenset(needed)


def _requirements(name: str) -> list[str]:
    try:
        wanted = [Requirement(text) for text in requires(name) or ()]
    except PackageNotFoundError:
        return []  # of another system, or left out
    return [need.name for need in wanted if need.marker is None or need.marker.evaluate({"extra": ""})]
