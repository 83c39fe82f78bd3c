"""The proof of an assignment, by its command: real gradings of a solution, a stub and a known mistake."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from autograder.errors import InternalError
from autograder.grading.fingerprints import sources
from autograder.proving import verify
from autograder.proving.cases import Case, Kind
from autograder.proving.record import NAME, fingerprint, read_record

ROOT = Path(__file__).parents[2]
PATIENCE = 500  # seconds; far more than it takes, on any machine
TABLE = """
[[mutant]]
name = "no-zero-grad"
task = "{task}"
frameworks = ["torch"]
misconception = "no-zero-grad"
"""


@pytest.fixture
def proof(cnn):
    """Run ``autograder verify`` on the small course with one known mistake."""
    cnn.derive()

    def proof(*arguments: str, task: str = "3") -> subprocess.CompletedProcess[str]:
        name = "mutants/no-zero-grad"
        shutil.copytree(ROOT / "solutions" / "text-classifiers" / name, cnn.solution / name)
        (cnn.solution / "mutants" / "mutants.toml").write_text(TABLE.format(task=task))
        command = [sys.executable, "-m", "autograder", "verify", "text-cnn", "--jobs", "1", *arguments]
        return subprocess.run(command, cwd=cnn.top, capture_output=True, text=True, timeout=PATIENCE, check=False)

    return proof


def test_an_assignment_that_grades_rightly_but_has_checks_that_nothing_fails(proof, cnn):
    done = proof()
    said = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "ok solution solution: 100 of 100" in said
    assert "ok stub stub: 0 of 100" in said
    assert any(line.startswith("ok mutant no-zero-grad: ") for line in said)
    assert "text-cnn: 3 of 3 grades are right" in done.stdout
    assert done.stderr == ""
    # One mistake fails one check; a course wants one for each.
    assert done.returncode == 1
    assert "check 2.3 keras was never seen to fail: add a known mistake that it has to catch" in done.stdout
    assert "check 3.2 torch was never seen" not in done.stdout
    record = read_record(cnn.solution / NAME)
    assert (record.assignment, record.right, record.cases) == ("text-cnn", False, 3)
    assert record.fingerprint == fingerprint(sources(cnn.assignment, cnn.solution))
    # What nothing has changed for is not graded a second time, and judged as before.
    second = verify_again(cnn)
    assert "3 of 3 grades are kept" in " ".join(second.stdout.split())
    assert (second.returncode, second.stderr) == (1, "")
    assert second.stdout.partition("text-cnn: 3 of 3")[2] == done.stdout.partition("text-cnn: 3 of 3")[2]


def verify_again(course):
    command = [sys.executable, "-m", "autograder", "verify", course.name]
    return subprocess.run(command, cwd=course.top, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_of_single_cases_nothing_more_is_asked_and_no_record_kept(proof, cnn):
    done = proof("--case", "no-zero-grad")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (cnn.solution / NAME).exists()


def test_a_mistake_that_is_caught_elsewhere_and_a_stub_that_is_out_of_date(proof, cnn):
    with (cnn.assignment / "torch_text_cnn.py").open("a") as stub:
        stub.write("# edited by hand\n")
    done = proof("--case", "no-zero-grad", task="2")
    assert done.returncode == 1
    assert "BAD  mutant   no-zero-grad" in done.stdout
    assert "lost points, outside task 2" in done.stdout
    assert "not caught in task 2" in done.stdout
    assert "0 of 1 grades are right" in done.stdout
    assert "differs from its master source" in done.stdout


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_it_and_all_that_it_started(cnn, sign):
    command = [sys.executable, "-m", "autograder", "verify", "text-cnn", "--jobs", "2"]
    with subprocess.Popen(command, cwd=cnn.derive().top, stderr=subprocess.PIPE, text=True) as running:
        started = wait_for(lambda: graders_below(running.pid))
        running.send_signal(sign)
        said = running.communicate(timeout=PATIENCE)[1]
    assert running.returncode == -sign
    assert "Interrupted" in said
    assert "Traceback" not in said
    assert psutil.wait_procs(started, timeout=PATIENCE)[1] == []


def graders_below(pid: int) -> list[psutil.Process]:
    """All that descends from a process, once both frameworks' workers are at work in it."""
    found, parents = psutil.Process(pid).children(recursive=True), set()
    for process in found:
        with contextlib.suppress(psutil.Error):  # a short-lived one is gone again
            if "autograder.worker.zygote" in process.cmdline():
                parents.add(process.ppid())
    return found if len(parents) > 2 else []


def wait_for(there):
    until = time.monotonic() + PATIENCE
    while not (found := there()):
        assert time.monotonic() < until
        time.sleep(0.1)
    return found


def test_an_error_of_the_grader_in_one_case_spares_the_others(cnn, monkeypatch):
    class Broken:
        def grade(self, order):
            raise InternalError("the process that imports Keras: it ended")

    monkeypatch.setattr(verify._Pool, "grader", Broken(), raising=False)
    case = Case(Kind.SOLUTION, "solution", {})
    verdict = verify._grade(case, cnn.assignment, cnn.solution, None, 1)
    assert verdict.problems == ("the grader failed: the process that imports Keras: it ended",)
    assert (verdict.case, verdict.score) == (case, 0)
