"""The course that is attacked: text-cnn with a few texts that are learned in a second, and hidden data."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from typing import Any

from autograder.assignment import load
from autograder.release import master_sources

TESTS = Path(__file__).parents[1]
ANSWERS = "answers.txt"
FAST = ("{ none = 90.0, full = 60.0 }", "{ none = 20.0, full = 10.0 }")  # times the reference's CPU seconds
LONGER = ("epochs = 4 ", "epochs = 12 ")  # so that a training that didn't take place shows in CPU seconds
LIMITS = {"import_seconds": 20, "call_seconds": 20, "fit_seconds": 20, "total_seconds": 60, "memory_mb": 1500,
          "output_kb": 64, "scratch_mb": 40, "submission_mb": 2, "submission_files": 50}  # fmt: skip


def make_course(place: Path, token: str) -> tuple[Path, dict[str, str]]:
    """An assignment with hidden data (whose folder also holds ``token``), and the solution's files by name.

    Returns:
        The assignment's folder, and the text of each module of a right submission.
    """
    course = _conftest()._text_course(place, "text-cnn")
    toml = course.assignment / "assignment.toml"
    kept = [line for line in toml.read_text(encoding="utf-8").splitlines() if line.partition(" ")[0] not in LIMITS]
    text = "\n".join(kept).replace("[limits]", "\n".join(["[limits]", *(f"{k} = {v}" for k, v in LIMITS.items())]))
    toml.write_text(f"{text}\n".replace(*FAST).replace(*LONGER), encoding="utf-8")
    hidden = course.solution / "hidden"
    shutil.copytree(course.assignment / "data", hidden)
    (hidden / ANSWERS).write_text(f"the labels {token}\n" * 3, encoding="utf-8")
    reference = course.solution / "torch_text_cnn.py"
    reference.write_text(f"{reference.read_text(encoding='utf-8')}\n\nLESSON = {token!r}\n", encoding="utf-8")
    course.solution.parent.chmod(0o700)
    assignment = load(course.assignment)
    files = master_sources(course.solution, assignment.modules.values())
    return course.assignment, {n: t.replace(f"LESSON = {token!r}", "") for n, t in files.items()}


def _conftest() -> Any:
    """What the tests have to make such a course; a conftest.py can't be imported by its name."""
    name = "attacked_course"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, TESTS / "conftest.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]
