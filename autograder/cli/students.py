"""What the commands of students have in common: the folder that is meant, and the page that is left there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from autograder.assignment import find
from autograder.errors import AssignmentError, what_to_do

LEFT_HERE = ".autograder"  # the folder in which `check` leaves its page; nobody packs it or hands it out
_NUMBER = re.compile(r"\d+([.,]\d+)*")


def students_folder(folder: Path, command: str) -> Path:
    """The assignment's folder that a student calls ``command`` in, or names.

    Raises:
        AssignmentError: It is no such folder; with what was probably meant.
    """
    name = str(folder)
    if not folder.is_dir():
        if _NUMBER.fullmatch(name):
            call = f"autograder check --only {name.replace(',', '.')}"
            raise AssignmentError(f"{name} is no folder. The check {name} alone is\n  {call}")
        if folder.suffix == ".py":
            raise AssignmentError(f"{name} is one file, and both are looked at together: {_call(folder, command)}")
    return find(folder if folder != Path() else None, start=Path.cwd())


def _call(file: Path, command: str) -> str:
    """The call for the folder that a file lies in."""
    if not file.exists():
        return f"name the assignment's folder, as in\n  autograder {command} FOLDER"
    at = "" if file.parent == Path() else f" {shlex.quote(str(file.parent))}"
    return f"name the folder that it lies in\n  autograder {command}{at}"


def page_place(folder: Path, html: Path | None) -> Path:
    """Where the page goes; made ready, so that what can't be written is told before anything runs.

    Raises:
        AssignmentError: It can't be written.
    """
    place = html or folder / LEFT_HERE / "report.html"
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if html is None:
            (place.parent / ".gitignore").write_text("*\n", encoding="utf-8")  # whatever course it is in
        with place.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise AssignmentError(f"the page {place} can't be written: {what_to_do(error)}") from error
    return place


def write_page(text: str, place: Path) -> None:
    """Replace the page by a new one, at no moment half written.

    Raises:
        AssignmentError: It can't be written.
    """
    partial = place.with_name(f".{place.name}.tmp")
    try:
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(place)
    except OSError as error:
        raise AssignmentError(f"the page {place} can't be written: {what_to_do(error)}") from error
