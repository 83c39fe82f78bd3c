"""The stubs of an assignment: derived from its master sources, committed, and compared with them ever after."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from autograder.release.markers import strip_solution
from autograder.release.masters import master_sources

_MOST_SHOWN = 20  # lines of a difference: enough to see what it is about


def stub_files(solution_folder: Path, modules: Iterable[str]) -> dict[str, str]:
    """The text of each stub, by file name.

    Args:
        solution_folder: Holds the master sources.
        modules: Their names, without ``.py``.

    Raises:
        AssignmentError: A master source is missing, or its markers are wrong.
    """
    sources = master_sources(solution_folder, modules)
    return {name: strip_solution(source, str(solution_folder / name)) for name, source in sources.items()}


def write_stubs(solution_folder: Path, modules: Iterable[str], into: Path) -> list[Path]:
    """Write the stubs into the assignment's folder.

    Returns:
        The files that changed; those that were right already are left alone.

    Raises:
        AssignmentError: As :func:`stub_files`; nothing is written then.
    """
    stubs = {into / name: text for name, text in stub_files(solution_folder, modules).items()}
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
