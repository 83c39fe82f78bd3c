"""In processes of their own: ``python -m autograder``, terminals without colour, and ``--watch``."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys

import pytest

RIGHT = "def build_vocabulary(texts, max_tokens):\n    return ['right']\n"


@pytest.fixture
def desk(mini):
    """A student's folder whose PyTorch module is wrong in check 1.10."""
    for file in mini.submit(torch={"1.10": "wrong"}).iterdir():
        shutil.copy(file, mini.assignment)
    return mini.assignment


def test_a_dumb_terminal_without_colour(desk, start):
    running = start(
        *("check", "--only", "1.10"),
        cwd=desk,
        NO_COLOR="1",
        TERM="dumb",
        LANG="C",
        LC_ALL="C",
        PYTHONIOENCODING="ascii",
    )
    assert running.wait().code == 1
    assert "\x1b" not in running.said
    assert running.said.isascii()
    assert "A secret: the answer is 42." in running.said


def test_watching_checks_again_after_each_save(desk, start):
    running = start("check", "--only", "1.10", "--watch", cwd=desk)
    running.until(lambda: "Watching for changes" in running.said)
    assert "A secret: the answer is 42." in running.said
    assert "0 of 2 points" in running.said
    (desk / "torch_mini.py").write_text(RIGHT)
    running.until(lambda: "2 of 2 points" in running.said)
    assert "torch_mini.py was saved" in running.said
    said = len(running.said)
    (desk / "assignment.toml").write_text("name = ")  # a declaration that is just being edited
    running.until(lambda: "not TOML" in running.said[said:])
    assert "Traceback" not in running.said
    family = running.family()
    running.process.send_signal(signal.SIGINT)
    assert running.wait().code == 0  # of the last check that came to an end
    assert not [process for process in family if process.is_running()]


def test_a_save_during_a_check_is_checked_after_it(mini, start):
    """The first check of all: 1.10 takes its time, and the file is saved once 1.1 has been told."""
    slow = (
        "import time\n\n\ndef build_vocabulary(texts, max_tokens):\n    time.sleep(3 if texts == ['1.10'] else 0)\n"
        "    return ['wrong' if texts == ['1.10'] else 'right']\n"
    )
    for file in mini.submit(torch=slow).iterdir():
        shutil.copy(file, mini.assignment)
    running = start("check", "--only", "1", "--watch", cwd=mini.assignment)
    running.until(lambda: "The answer is right" in running.said)
    (mini.assignment / "torch_mini.py").write_text(RIGHT)
    running.until(lambda: "8 of 10 points" in running.said)
    running.until(lambda: "10 of 10 points" in running.said)
    assert running.said.index("8 of 10 points") < running.said.index("torch_mini.py was saved")
    running.process.send_signal(signal.SIGINT)
    assert running.wait().code == 0


@pytest.mark.parametrize("command", [("check",), ("grade", ".", "--assignment", "mini", "--out", "out")])
def test_a_reader_that_leaves_early_does_no_harm(desk, command):
    """As `| head` does; the results are whole all the same."""
    told = desk / "told.txt"
    with (
        told.open("wb") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "autograder", *command], cwd=desk, stdout=subprocess.PIPE, stderr=errors
        ) as run,
    ):
        run.stdout.close()
    assert run.returncode == 1  # as ever: points were lost
    assert told.read_text() == ""
    if command[0] == "grade":
        assert json.loads((desk / "out" / "results.json").read_text())["extra_data"]["complete"]
