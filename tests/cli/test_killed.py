"""Whenever grading ends, however it ends: the results are valid, what was graded is kept, and nothing still runs."""

from __future__ import annotations

import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

PATIENCE = 120.0
SLOW = """\
import time


def build_vocabulary(texts, max_tokens):
    time.sleep(0.15)
    return ["right"]
"""


@pytest.fixture
def grading(mini, start):
    """A grading of 10 checks that takes a few seconds, in a process of its own."""
    arguments = ("grade", mini.submit(SLOW, SLOW), "--out", mini.top / "out", "--assignment", "mini")
    return start(*arguments, cwd=mini.top)


def finished(out: Path) -> int:
    """How many checks have ended, by the results so far."""
    try:
        tests = json.loads((out / "results.json").read_text(encoding="utf-8"))["tests"]
    except FileNotFoundError:
        return -1
    return sum(test["extra_data"]["outcome"] != "pending" for test in tests)


def frozen_family(running) -> list[psutil.Process]:
    """Everything that the grading has started, while it can start nothing more."""
    running.process.suspend()
    return running.family()


def gone(family: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(family, timeout=PATIENCE)[1]


@pytest.mark.parametrize("after", [0, 3, 7])
def test_killed_in_the_middle(grading, mini, results, after):
    out = mini.top / "out"
    grading.until(lambda: finished(out) >= after)
    before = after
    for _ in range(random.randrange(6)):  # anywhere in a check, or between two
        before = finished(out)
    family = frozen_family(grading)
    assert {"zygote" in " ".join(process.cmdline()) for process in family} == {True}
    grading.process.send_signal(signal.SIGKILL)
    assert grading.wait().code == -signal.SIGKILL

    found = results(out)
    outcomes = [test["extra_data"]["outcome"] for test in found["tests"]]
    number = outcomes.count("passed")
    assert after <= number < 10
    assert outcomes == ["passed"] * number + ["pending"] * (10 - number)
    assert [test["score"] for test in found["tests"]] == [2] * number + [0] * (10 - number)
    assert all(test["status"] == "failed" for test in found["tests"][number:])
    assert all("Not graded yet" in test["output"] for test in found["tests"][number:])
    assert not found["extra_data"]["complete"]
    assert found["extra_data"]["needs_regrading"]
    assert "Not complete" in found["output"]
    if number:  # it is written after results.json, so at the very beginning it may not be there yet
        assert json.loads((out / "report.json").read_text(encoding="utf-8"))["complete"] is False
    assert gone(family)
    assert before >= after


LOOP = """\
for one in first second; do
    {python} -m autograder grade {submission} --out "$one" --assignment mini
    echo "$one ended with $?" >>told
done
echo "after the loop" >>told
"""


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_ctrl_c_ends_a_loop_in_a_shell(mini, shell):
    """As in a terminal, where all processes of the foreground get the signal."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    submission = mini.submit(SLOW, SLOW)
    loop = LOOP.format(python=shlex.quote(sys.executable), submission=shlex.quote(str(submission)))
    with subprocess.Popen([shell, "-c", loop], cwd=mini.top, stdout=subprocess.DEVNULL, start_new_session=True) as run:
        deadline = time.monotonic() + PATIENCE
        while finished(mini.top / "first") < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        family = psutil.Process(run.pid).children(recursive=True)
        os.killpg(run.pid, signal.SIGINT)
        assert run.wait(PATIENCE) in (-signal.SIGINT, 130)
    assert not (mini.top / "told").exists()
    assert not (mini.top / "second").exists()
    assert gone(family)


def test_what_was_ignored_stays_ignored(mini, start):
    """As under nohup: a terminal that closes ends nothing."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        arguments = ("grade", mini.submit(SLOW, SLOW), "--out", mini.top / "out", "--assignment", "mini")
        running = start(*arguments, cwd=mini.top)
    finally:
        signal.signal(signal.SIGHUP, before)
    running.until(lambda: finished(mini.top / "out") >= 1)
    running.process.send_signal(signal.SIGHUP)
    assert running.wait().code == 0


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted(grading, mini, results, way):
    out = mini.top / "out"
    grading.until(lambda: finished(out) >= 2)
    family = grading.family()
    grading.process.send_signal(way)
    done = grading.wait()
    assert done.code == -way
    assert "Interrupted. Results that were being written hold what was graded so far." in done.out
    assert "Traceback" not in done.out
    found = results(out)
    assert 4 <= found["score"] < 20
    assert not found["extra_data"]["complete"]
    assert gone(family)
