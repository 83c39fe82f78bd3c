"""Clocks that jump, a grader that is held up, two of them at once, users and descriptors that others have."""

from __future__ import annotations

import contextlib
import os
import platform
import pty
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

JUMPING = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>

/* The wall clock jumps by a day, there and back, at each look; other clocks are as they are. */
static long jump(void) { static int looks; return looks++ % 2 ? 86400 : -86400; }

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int code = real(clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec += jump();
    return code;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    now->tv_sec = found.tv_sec;
    now->tv_usec = found.tv_nsec / 1000;
    return 0;
}
"""


@pytest.fixture
def jumping_clock(tmp_path) -> Path:
    """A library that, loaded first, makes the wall clock jump."""
    compiler = shutil.which("cc")
    if platform.system() != "Linux" or compiler is None:
        pytest.skip("takes a C compiler, and Linux")
    source, library = tmp_path / "clock.c", tmp_path / "clock.so"
    source.write_text(JUMPING)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    seen = ["python3", "-c", "import time; a = [time.time() for _ in range(4)]; print(max(a) - min(a) > 80000)"]
    loaded = {**os.environ, "LD_PRELOAD": str(library)}
    told = subprocess.run(seen, env=loaded, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "True"
    return library


def test_the_clock_jumps(world, told, jumping_clock):
    done = world.run(environment={"LD_PRELOAD": str(jumping_clock)})
    told(done, "20 of 20 points")
    assert (done.code, world.results()["score"]) == (0, 20)
    assert 0 < world.results()["execution_time"] < 300
    assert all(0 <= test["extra_data"].get("seconds", 0) < 300 for test in world.results()["tests"])


def test_the_grader_is_stopped_for_longer_than_a_call_may_take(world, told):
    """Ctrl+Z and `fg`: the student's process goes on meanwhile, and loses nothing by it."""
    world.declare("call_seconds = 60", "call_seconds = 2\nfit_seconds = 2")
    asked = world.top / "asked"
    world.submit(
        "import time\n\n\ndef build_vocabulary(texts, max_tokens):\n"
        "    time.sleep(1 if texts[0] == '1.10' else 0)\n    return ['right']\n"
    )
    ask = "student.module(Framework.TORCH).build_vocabulary(['1.10'], 1)"
    world.check(f"    Path({str(asked)!r}).touch()\n    {ask}\n")
    process = world.start()
    deadline = time.monotonic() + 120
    while not asked.exists():
        assert time.monotonic() < deadline
        assert process.poll() is None, world.said()
        time.sleep(0.02)
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(3)
    os.kill(process.pid, signal.SIGCONT)
    assert process.wait(120) == 0, world.said()
    told(type(world.run("--help"))(0, "22 of 22 points"), ".*")
    assert world.results()["score"] == 22


def test_two_graders_into_one_folder(world, told):
    ready, go = world.top / "ready", world.top / "go"
    wait = f"while not Path({str(go)!r}).exists():\n        time.sleep(0.05)"
    world.check(f"    Path({str(ready)!r}).touch()\n    {wait}\n")
    first = world.start()
    deadline = time.monotonic() + 120
    while not ready.exists():
        assert time.monotonic() < deadline
        assert first.poll() is None, world.said()
        time.sleep(0.05)
    shutil.copy(world.top / "said.txt", world.top / "first.txt")
    second = world.run()
    told(second, "Another grading is writing.*ended")
    assert second.code == 2
    assert "Another grading is writing to" in second.said
    go.touch()
    assert first.wait(120) == 0
    assert world.results()["score"] == 22
    assert world.run().code == 0  # and now it may


def test_the_disk_of_the_scratch_folder_is_full(world, told):
    """The student's code gets the error, and is not to blame for it; where the disk has room, it is."""
    full = world.top / "full"
    full.mkdir()
    code = (
        "def build_vocabulary(texts, max_tokens):\n    if texts[0] == '3.1':\n"
        "        raise OSError(28, 'No space left on device')\n    return ['right']\n"
    )
    world.submit(code)
    world.check("    student.module(Framework.TORCH).build_vocabulary(['3.1'], 1)\n")
    done = world.run()
    assert (done.code, world.results()["score"]) == (1, 20)
    filler = f"\n    with open({str(full / 'filler')!r}, 'ab', buffering=0) as filler:\n        try:\n"
    filler += "            while True:\n                filler.write(bytes(4096))\n"
    filler += "        except OSError:\n            pass\n"
    file, first = world.assignment / "checks" / "test_3_world.py", "    student = grading.student\n"
    file.write_text(file.read_text().replace(first, f"{first}{filler}"))
    before = f"mount -t tmpfs -o size=260m none {full}"
    done = world.run(before=before, environment={"TMPDIR": str(full)})
    told(done, "the disk that .* is on is full: free some space and grade again")
    assert done.code == 3
    assert "is on is full: free some space and grade again" in done.said
    assert "Traceback" not in done.said


HOLDER = """
import fcntl, os, struct, sys, time
from autograder.sandbox import users
record = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, users.FIRST_UID, users.UIDS, 0)
fcntl.fcntl(users._open_locks(), fcntl.F_OFD_SETLK, record)
os.close(os.open(sys.argv[1], os.O_CREAT))
time.sleep(300)
"""


def test_no_user_is_left_to_borrow(world, told):
    """Others hold all of them. Whether it is graded then is another question; that there was no user is said."""
    (world.top / "holder.py").write_text(HOLDER)
    held = world.top / "held"
    before = f"""mount -t tmpfs none /run  # with locks of its own
{sys.executable} {world.top / "holder.py"} {held} &
while [ ! -e {held} ]; do sleep 0.1; done"""
    done = world.run(before=before)
    told(done, "no unused user id is left")
    assert "Traceback" not in done.said
    report = world.kept / "report.json"
    assert "no unused user id is left" in done.said + (report.read_text() if report.exists() else "")


def test_the_terminal_is_gone(world, told):
    """A closed laptop under nohup: what is printed finds nobody, and everything is graded."""
    ours, theirs = pty.openpty()
    world.check(f"    Path({str(world.top / 'gone')!r}).touch()\n    time.sleep(1)\n")
    process = world.start(before="trap '' HUP", stdout=theirs)
    os.close(theirs)
    deadline = time.monotonic() + 120
    while not (world.top / "gone").exists():
        assert time.monotonic() < deadline
        os.set_blocking(ours, False)
        with contextlib.suppress(OSError):
            os.read(ours, 65536)
        time.sleep(0.05)
    os.close(ours)
    started = psutil.Process(process.pid).children(recursive=True)
    code = process.wait(120)
    told(type(world.run("--help"))(code, world.said()), "What is printed can't be written.*")
    assert code == 0, world.said()
    assert world.results()["score"] == 22
    assert psutil.wait_procs(started, timeout=20)[1] == []


# -- Gradescope's container


@pytest.fixture
def container(world) -> Path:
    root = world.top / "autograder"
    (root / "source").mkdir(parents=True)
    (world.top / "assignments").rename(root / "source" / "assignments")
    world.submission.rename(root / "submission")
    (root / "results").mkdir()
    return root


def test_gradescope_with_metadata_that_is_none(world, told, container):
    (container / "submission_metadata.json").write_bytes(b"\xff{" * 1000)
    done = world.run("gradescope", "--root", container)
    told(done, "submission_metadata.json: .* could not be read")
    assert (done.code, world.results(container / "results")["score"]) == (0, 20)
    assert "could not be read" in done.said


def test_gradescope_without_a_submission(world, told, container):
    shutil.rmtree(container / "submission")
    done = world.run("gradescope", "--root", container)
    told(done, "there is no submission at")
    assert done.code == 2
    assert world.results(container / "results")["extra_data"]["needs_regrading"]


def test_gradescope_where_no_results_can_be_written(world, told, container):
    (container / "results").rmdir()
    (container / "results").write_text("x")
    done = world.run("gradescope", "--root", container)
    told(done, "A file lies where the folder should be")
    assert done.code == 3
    assert "A file lies where the folder should be" in done.said
    assert "Traceback" not in done.said
