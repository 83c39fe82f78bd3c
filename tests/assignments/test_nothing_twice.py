"""Code that two assignments have in common stands once, in the package; the stubs alone share the contract's words.

What assignment.toml declares is no code: each says what holds for it, so that an instructor sees it where it holds.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST = 5  # equal lines in a row; six would be a piece of code that belongs into the package


def lines(path: Path) -> list[str]:
    """What says something: no blank lines, comments, lone brackets or imports."""
    stripped = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [s for s in stripped if s.strip("()[]{},") and not s.startswith(("#", "import ", "from "))]


def runs_in_two(files: dict[str, list[Path]]) -> list[str]:
    """Runs of more than MOST lines that stand in files of two owners."""
    owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for owner, paths in files.items():
        for path in paths:
            found = lines(path)
            for start in range(len(found) - MOST):
                owners[tuple(found[start : start + MOST + 1])].add(owner)
    return ["\n".join(run) for run, found in owners.items() if len(found) > 1]


def own_files(assignment: Path) -> list[Path]:
    stubs = set(assignment.glob("*_*.py"))
    return [path for path in assignment.rglob("*.py") if path not in stubs]


def test_no_run_of_six_lines_stands_in_two_assignments():
    found = {folder.name: own_files(folder) for folder in (ROOT / "assignments").iterdir() if folder.is_dir()}
    assert all(len(files) >= 3 for files in found.values())
    assert len(found) >= 3
    assert runs_in_two(found) == []


def test_a_run_of_six_lines_would_be_found(tmp_path):
    first, second = tmp_path / "a.py", tmp_path / "b.py"
    shared = [f"x{i} = {i}" for i in range(6)]
    first.write_text("\n".join(["a = 1", *shared[:3], "", "# why", *shared[3:]]))
    second.write_text("\n".join([*shared, "b = 1"]))
    assert runs_in_two({"one": [first], "two": [second]}) == ["\n".join(shared)]
    second.write_text("\n".join(shared[1:]))
    assert runs_in_two({"one": [first], "two": [second]}) == []
