"""A new assignment, under names of its own: a copy of one that works, or written about a model of the gallery."""

from __future__ import annotations

import keyword
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from autograder.assignment import Assignment
from autograder.errors import AssignmentError
from autograder.release.models import UNMEASURED, Template, files_of

NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
TEXTS: Final = frozenset({".json", ".md", ".py", ".svg", ".toml"})  # where names stand
# What belongs to the old assignment alone: what was verified and measured, its hidden data, what tools left.
MEASURED: Final = ("verification.json", "verdicts.jsonl", "calibration.json", "results.json")
LEFT_BEHIND: Final = ("__pycache__", ".pytest_cache", "hidden.toml", "hidden", "*-submission.zip", *MEASURED)
TEMPLATE: Final = "text-model"  # what models' templates call the assignment


def new_assignment(source: Assignment, solution: Path, name: str, title: str = "") -> tuple[Path, Path]:
    """Copy an assignment and its solution, side by side with the old ones, and rename what is called after them.

    Args:
        source: The assignment to begin from.
        solution: Its solution's folder.
        name: Of the new one: small letters, digits and hyphens.
        title: Its title; the old one's without.

    Returns:
        The new assignment's folder, and its solution's.

    Raises:
        AssignmentError: The name can't be one, or is taken; nothing is left behind then.
    """
    _check(name)
    folders = {source.folder: source.folder.parent / name, solution: solution.parent / name}
    _free(folders.values())
    names = renamed(source, name)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=solution.parent) as place:
        copies = {Path(place, str(number)): target for number, target in enumerate(folders.values())}
        for old, copy in zip(folders, copies, strict=True):
            shutil.copytree(old, copy, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
            _rename_all(copy, names)
        if title:
            _entitle(next(iter(copies)), title)
        _forget_measurements(next(iter(copies)))
        for copy, target in copies.items():
            copy.rename(target)
    return folders[source.folder], folders[solution]


def assignment_about(course: Path, model: Template, name: str, title: str = "") -> tuple[Path, Path]:
    """Write an assignment about a model, and its solution, from the model's templates.

    Args:
        course: The folder that holds ``assignments/`` and ``solutions/``.
        model: From :func:`autograder.release.models.find_model`.
        name: Of the new one: small letters, digits and hyphens.
        title: Its title; the model's own without.

    Returns:
        The new assignment's folder, and its solution's.

    Raises:
        AssignmentError: The name or the title can't be one, or the name is taken; nothing is left behind then.
    """
    _check(name)
    _check_title(title)
    targets = course / "assignments" / name, course / "solutions" / name
    _free(targets)
    plain = name.replace("-", "_")
    names = {TEMPLATE: name, **{f"{kind}text_model": f"{kind}{plain}" for kind in ("keras_", "torch_", "test_", "")}}
    with tempfile.TemporaryDirectory(prefix=".new-", dir=course / "solutions") as place:
        for number, files in enumerate(files_of(model, title)):
            for path, text in files.items():
                file = Path(place, str(number), _rename(path, names))
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(_rename(text, names), encoding="utf-8", newline="\n")
        for number, target in enumerate(targets):
            Path(place, str(number)).rename(target)
    return targets


def _free(folders: Iterable[Path]) -> None:
    if taken := next((place for place in folders if place.exists()), None):
        raise AssignmentError(f"{taken} is there already: choose another name")


def renamed(source: Assignment, name: str) -> dict[str, str]:
    """The new name of each old one: modules first, then the assignment's own, with hyphens and with underscores."""
    plain = name.replace("-", "_")
    modules = {module: f"{framework}_{plain}" for framework, module in source.modules.items()}
    return {**modules, source.name: name, source.name.replace("-", "_"): plain}


def _check(name: str) -> None:
    if not NAME.fullmatch(name):
        raise AssignmentError(f"{name!r} can't be an assignment's name: small letters and digits, hyphens between them")
    if keyword.iskeyword(name):
        raise AssignmentError(f"{name!r} means something in Python: choose another name")


def _rename_all(folder: Path, names: Mapping[str, str]) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):  # what is inside a folder before the folder
        if path.is_file() and path.suffix in TEXTS:
            path.write_text(_rename(path.read_text(encoding="utf-8"), names), encoding="utf-8", newline="\n")
        new = path.with_name(_rename(path.name, names))
        if new != path:
            path.rename(new)


def _rename(text: str, names: Mapping[str, str]) -> str:
    """The text with whole names exchanged, all at once, so that a new name is never taken for an old one."""
    either = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.sub(rf"(?<![a-zA-Z0-9])(?:{either})(?![a-zA-Z0-9])", lambda found: names[found[0]], text)


def _forget_measurements(assignment: Path) -> None:
    """No run of the new assignment has been made: its file must not say so."""
    path = assignment / "assignment.toml"
    said = f'calibrated = "{UNMEASURED}"'
    text = re.sub(r'^calibrated = "[^"\n]*"', said, path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = re.sub(r"^(#[^\n]*\n)*\[limits\.used\]\n(\S[^\n]*\n)*\n*", "", text, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8", newline="\n")


def _check_title(title: str) -> None:
    if '"' in title or "\n" in title or "\\" in title:
        raise AssignmentError("a title is one line without quotation marks and backslashes")


def _entitle(assignment: Path, title: str) -> None:
    _check_title(title)
    for file, line, new in (
        ("assignment.toml", r'^title = "[^"\n]*"', f'title = "{title}"'),
        ("README.md", r"^# .*", f"# {title}"),
    ):
        path = assignment / file
        text = re.sub(line, lambda _, new=new: new, path.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)  # type: ignore[misc]
        path.write_text(text, encoding="utf-8", newline="\n")
