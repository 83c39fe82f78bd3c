"""Grades two submissions of text-cnn: the course's own, and one with a realistic mistake in each framework."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from autograder.assignment import find, load
from autograder.grading.reference import solution_of
from autograder.proving.cases import cases

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "demo-output"
MISTAKES = {"keras_text_cnn.py": "average-pooling", "torch_text_cnn.py": "no-zero-grad"}


def main() -> int:
    """Write both submissions, grade them by the command line, and say where the results are."""
    assignment = load(find("text-cnn", start=ROOT))
    solution = solution_of(assignment)
    known = {case.name: case.files for case in cases(assignment, solution)}
    flawed = {name: known[mistake][name] for name, mistake in MISTAKES.items()}
    shutil.rmtree(OUT, ignore_errors=True)
    for name, files in (("right", known["solution"]), ("wrong", flawed)):
        print(f"\n=== The {name} submission", flush=True)
        if (code := grade(name, files)) > 1:  # 1: points were lost, as they should be
            return code
    print("\nOpen these in a browser, or upload the results.json to look at what Gradescope would show:")
    for page in sorted(OUT.glob("*/report.html")):
        print(f"  {page.relative_to(ROOT)}  {page.with_name('results.json').relative_to(ROOT)}")
    return 0


def grade(name: str, files: dict[str, str]) -> int:
    """Grade the submission ``name`` into ``demo-output/name`` and return the exit code."""
    folder = OUT / "submissions" / name
    folder.mkdir(parents=True)
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "autograder", "grade", folder, "--assignment", "text-cnn", "--out", OUT / name]
    command.append("--unprotected")  # both are the course's own code, and the demo is to run on any machine
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
