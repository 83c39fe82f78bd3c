"""Plain ``pytest`` in an assignment's folder, as a student may call it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def plain(mini):
    """Run pytest in the small assignment's folder, which holds these modules."""

    def plain(*arguments, keras="", torch="") -> subprocess.CompletedProcess[str]:
        shutil.copy(ROOT / "assignments" / "text-cnn" / "conftest.py", mini.assignment)
        for file in mini.submit(keras, torch).iterdir():
            shutil.copy(file, mini.assignment)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rs", *arguments]
        return subprocess.run(command, cwd=mini.assignment, capture_output=True, text=True, timeout=120, check=False)

    return plain


def test_right_work_passes(plain):
    done = plain()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 passed" in done.stdout
    assert "Warning" not in done.stdout


def test_endings_are_told_in_the_checks_words(plain):
    done = plain("-k", "test_first", keras={"1.1": "rests"}, torch={"1.1": "wrong"})
    assert done.returncode == 1
    assert "1 failed, 1 skipped, 8 deselected" in done.stdout
    assert "A secret: the answer is 42.\nexpected: 42\nfound: 41\ntry: Add 1.\n" in done.stdout
    assert "There is nothing to look at: mend 1.1 first." in done.stdout
    assert "Error" not in done.stdout


def test_a_rubric_that_does_not_add_up(plain, mini):
    mini.change("assignment.toml", "points = 20", "points = 21")
    done = plain()
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "21" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
