"""The stubs of an assignment: derived from its master sources, committed, and compared with them ever after."""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from autograder.errors import AssignmentError
from autograder.release.markers import BEGIN, END, STUB, stub_of
from autograder.release.masters import whole_lines

_GAP = "NotImplementedError"
_MOST_SHOWN = 20  # lines of a difference: enough to see what it is about


def stub_files(solution_folder: Path, modules: Iterable[str]) -> dict[str, str]:
    """The text of each stub, by file name.

    Args:
        solution_folder: Holds the master sources.
        modules: Their names, without ``.py``.

    Raises:
        AssignmentError: A master source is missing, or its markers are wrong.
    """
    names = [f"{module}.py" for module in modules]
    return {name: stub_of(whole_lines(solution_folder / name)) for name in names}


def write_stubs(solution_folder: Path, modules: Iterable[str], into: Path) -> list[Path]:
    """Write the stubs into the assignment's folder.

    Returns:
        The files that changed; those that were right already are left alone.

    Raises:
        AssignmentError: As :func:`stub_files`, or a stub would have fewer gaps than the one that it replaces; nothing
            is written then.
    """
    stubs = {into / name: text for name, text in stub_files(solution_folder, modules).items()}
    for file, text in stubs.items():
        _refuse_fewer_gaps(file, text, solution_folder / file.name)
    changed = [file for file, text in stubs.items() if _committed(file) != text]
    for file in changed:
        file.write_text(stubs[file], encoding="utf-8", newline="\n")
    return changed


def drift(solution_folder: Path, modules: Iterable[str], assignment_folder: Path) -> list[str]:
    """How the committed stubs differ from what the master sources give; nothing where they agree.

    Returns:
        A message for each stub that differs: what to do, and a unified diff from the committed stub to the right one.

    Raises:
        AssignmentError: As :func:`stub_files`.
    """
    messages = []
    derive = f"run `autograder stubs {assignment_folder.name}`"
    for name, text in stub_files(solution_folder, modules).items():
        file = assignment_folder / name
        committed = _committed(file)
        if committed is None:
            messages.append(f"{file} is missing: {derive}")
        elif committed != text:
            advice = f"{derive}; what a stub should say otherwise belongs into {solution_folder / name}"
            messages.append(f"{file} differs from its master source: {advice}\n{_diff(committed, text, name)}")
    return messages


def _refuse_fewer_gaps(file: Path, text: str, master: Path) -> None:
    """Whoever pastes a function over its markers, docstring and all, hands it out: the earlier stub knows better."""
    before, now = _gaps(_committed(file) or ""), _gaps(text)
    if lost := before - now:
        what = ", ".join(repr(gap) for gap in sorted(lost))
        raise AssignmentError(
            f"{master}: marks {now.total()} solutions with a {STUB!r} line, but the stub that it replaces has"
            f" {before.total()} gaps; it lacks {what}, so students would get that part whole. Put {BEGIN!r},"
            f" {STUB + ' ...'!r} and {END!r} around it; if it is meant to be handed out, delete {file} first"
        )


def _gaps(stub: str) -> Counter[str]:
    """The functions that a stub leaves open; several may have one name, such as ``forward``."""
    try:
        tree = ast.parse(stub)
    except (SyntaxError, ValueError):  # somebody edited it: it says nothing
        return Counter()
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return Counter(
        f.name for f in functions for node in f.body if isinstance(node, ast.Raise) and _GAP in ast.unparse(node)
    )


def _committed(file: Path) -> str | None:
    try:
        return file.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None


def _diff(committed: str, wanted: str, name: str) -> str:
    lines = list(
        difflib.unified_diff(
            committed.splitlines(),
            wanted.splitlines(),
            f"{name} (as it is)",
            f"{name} (from the master source)",
            lineterm="",
        )
    )
    more = [f"... and {len(lines) - _MOST_SHOWN} lines more"] if len(lines) > _MOST_SHOWN else []
    return "\n".join([*lines[:_MOST_SHOWN], *more])
