"""A zygote's life: ready, workers side by side, their end, its own; and nothing is left."""

from __future__ import annotations

import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from autograder.errors import InternalError
from autograder.sandbox.leftovers import remove_tree
from autograder.student import worker as workers
from autograder.student import zygotes

LINUX = platform.system() == "Linux"

# Leaves something behind by each call; the name of the call is the text.
LEAVER = """
import os, signal, subprocess, sys, time

def detached(run):
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try: os.setsid()
        except PermissionError: pass  # the filter's
        if os.fork(): os._exit(0)
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        os.write(w, str(os.getpid()).encode())
        run()
    os.waitpid(pid, 0)
    return [os.read(r, 20).decode()]

def sleep():
    time.sleep(600)

def hop():
    while True:
        if os.fork(): os._exit(0)

def stop():
    os.kill(os.getpid(), signal.SIGSTOP)

def daemon(): return detached(sleep)
def hopper(): return detached(hop)
def stopped(): return detached(stop)

def child():
    return [str(subprocess.Popen(["/bin/sleep", "600"]).pid)]

def session():
    sleep = ["/bin/sleep", "600"]
    try: return [str(subprocess.Popen(sleep, start_new_session=True).pid)]
    except PermissionError: return [str(subprocess.Popen(sleep).pid)]  # the filter's

def orphans_child():
    return [str(subprocess.Popen(["/bin/sh", "-c", "sleep 600 & sleep 601 & wait"]).pid)]

def memory():
    from multiprocessing import resource_tracker, shared_memory
    resource_tracker.register = lambda *_: None
    kept = shared_memory.SharedMemory(create=True, size=100)
    return [kept.name]

def build_vocabulary(texts, max_tokens):
    return [str(os.getpid()), *globals()[texts[0]]()] if texts[0] in globals() else [str(os.getpid())]
"""


def alive(pid: int | str) -> bool:
    try:
        return psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pid_of(served) -> int:
    return int(served.build_vocabulary(["nothing"], 1)[0])


def test_workers_of_one_zygote_live_side_by_side(submit):
    first, second = submit(LEAVER), submit(LEAVER)
    one, two = pid_of(first), pid_of(second)
    assert one != two
    assert psutil.Process(one).ppid() == psutil.Process(two).ppid() == first._zygote._process.pid
    first.end()
    assert not alive(one)
    assert pid_of(second) == two


def test_a_zygote_that_may_not_fork_becomes_the_worker_itself(submit, new_zygote):
    turning = new_zygote(may_fork=False)
    zygote = turning._process.pid
    first = submit(LEAVER, zygote=turning)
    assert pid_of(first) == zygote
    second = submit(LEAVER, zygote=turning)
    assert pid_of(second) not in (zygote, os.getpid())
    assert pid_of(first) == zygote
    for served in (first, second):
        pid = pid_of(served)
        served.end()
        assert not alive(pid)


def test_the_next_zygote_starts_only_when_it_is_needed(submit, new_zygote):
    """Its import would take processor time while the student's code is being timed."""
    zygote = new_zygote(may_fork=False)
    served = submit(LEAVER, zygote=zygote)
    pid_of(served)
    assert [child.pid for child in psutil.Process().children() if "plain_zygote" in " ".join(child.cmdline())].count(
        zygote._process.pid
    ) == 1
    assert pid_of(served) == zygote._process.pid


def zygotes_below() -> int:
    return sum("plain_zygote" in " ".join(child.cmdline()) for child in psutil.Process().children())


def test_where_memory_is_short_it_starts_when_it_is_needed(submit, new_zygote):
    before = zygotes_below()
    zygote = new_zygote(at_once=False)
    assert zygotes_below() == before
    served = submit(LEAVER, zygote=zygote)
    assert alive(pid_of(served))
    assert zygotes_below() == before + 1


def test_one_that_nobody_needed_is_closed_as_well(new_zygote):
    zygote = new_zygote(at_once=False)
    home = zygote._home.path
    assert home.is_dir()
    zygote.close()
    assert not home.exists()


@pytest.mark.parametrize("left", ["child", "session", "orphans_child", "daemon", "stopped", "hopper"])
def test_whatever_a_worker_started_ends_with_it(submit, either, left):
    served = submit(LEAVER, zygote=either)
    pid, below = served.build_vocabulary([left], 1)
    assert alive(below) or left == "hopper"
    uid = served.bench._user.uid
    if uid is None and left in ("hopper", "daemon", "stopped"):
        pytest.skip("a daemon is found by its user")
    served.end()
    assert not alive(pid)
    assert not alive(below)
    if uid is not None:
        assert [p for p in psutil.process_iter(["uids"]) if p.info["uids"].real == uid and alive(p.pid)] == []


@pytest.mark.skipif(not LINUX, reason="needs a subreaper")
@pytest.mark.parametrize("left", ["session", "daemon", "stopped", "hopper"])
def test_a_daemon_in_a_session_of_its_own_ends_too(submit, new_zygote, left):
    """As it may be where there is no libseccomp."""
    served = submit(LEAVER, zygote=new_zygote(program="unfiltered_zygote.py"))
    _, below = served.build_vocabulary([left], 1)
    if left != "hopper":
        assert os.getsid(int(below)) != os.getsid(served.worker()._lodger.pid)
    served.end()
    assert not alive(below)


@pytest.mark.skipif(not LINUX, reason="needs a subreaper")
@pytest.mark.parametrize("left", ["daemon", "stopped", "hopper"])
def test_a_daemon_ends_without_another_user_too(submit, monkeypatch, left):
    from autograder.sandbox.users import SpareUser
    from autograder.student import bench

    monkeypatch.setattr(bench, "borrow_user", lambda: SpareUser(None, "not here"))
    served = submit(LEAVER)
    _, below = served.build_vocabulary([left], 1)
    served.end()
    assert not alive(below)
    assert psutil.Process(served._zygote._process.pid).children() == []


def test_shared_memory_that_a_worker_left_goes(submit, either):
    served = submit(LEAVER, zygote=either)
    if served.bench._user.uid is None:
        pytest.skip("it is found by its user")
    _, name = served.build_vocabulary(["memory"], 1)
    assert Path("/dev/shm", name).exists()
    served.end()
    assert not Path("/dev/shm", name).exists()


def test_what_a_user_has_stays_while_another_worker_of_it_lives(submit, either):
    """The model that was saved lives on while a fresh process loads it."""
    served = submit(LEAVER, zygote=either)
    other = served.another()
    first, second = pid_of(served), pid_of(other)
    _, name = served.build_vocabulary(["memory"], 1)
    other.end()
    assert not alive(second)
    assert pid_of(served) == first
    if served.bench._user.uid is not None:
        assert Path("/dev/shm", name).exists()
    served.end()
    assert not Path("/dev/shm", name).exists() or served.bench._user.uid is None


def test_an_end_twice_is_no_mistake(submit):
    served = submit(LEAVER)
    pid_of(served)
    worker = served.worker()
    assert worker.end() is None
    assert worker.end() is None


def everything_below(pid: int) -> list[psutil.Process]:
    return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]


@pytest.mark.parametrize("may_fork", [True, False])
def test_closing_leaves_no_process_and_no_folder(submit, new_zygote, may_fork):
    zygote = new_zygote(may_fork=may_fork)
    home = zygote._home.path
    served, other = submit(LEAVER, zygote=zygote), submit(LEAVER, zygote=zygote)
    pids = [pid_of(served), pid_of(other), *(served.build_vocabulary([left], 1)[1] for left in ("daemon", "child"))]
    zygote.close()
    assert [pid for pid in pids if alive(pid)] == []
    assert not alive(zygote._process.pid)
    assert not home.exists()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may pass through, as pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="autograder-test-"))
    folder.chmod(0o711)
    yield folder
    remove_tree(folder)


@pytest.mark.skipif(not LINUX, reason="needs a subreaper")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_of_a_grader_that_is_killed(end, tmp_path, open_folder):
    """The zygote sees its line close, however the grader ended."""
    (tmp_path / "work.py").write_text(LEAVER)
    code = f"""if 1:
        import importlib.util, sys, time
        from pathlib import Path
        spec = importlib.util.spec_from_file_location("t", {str(Path(__file__).with_name("conftest.py"))!r})
        t = importlib.util.module_from_spec(spec); spec.loader.exec_module(t)
        from autograder.assignment import Limits
        from autograder.student.handle import Student, Submission
        zygote = t.PlainZygote()
        submission = Submission(Path({str(tmp_path)!r}), {{zygote.framework: "work"}})
        served = Student(submission, {{zygote.framework: zygote}}, Limits()).module(zygote.framework)
        print(zygote._process.pid, *served.build_vocabulary(["daemon"], 1), flush=True)
        time.sleep(600)
    """
    grader = psutil.Popen(
        [sys.executable, "-c", code], stdout=-1, stderr=-3, text=True, env={**os.environ, "TMPDIR": str(open_folder)}
    )
    pids = grader.stdout.readline().split()
    assert [alive(pid) for pid in pids] == [True] * 3
    grader.send_signal(end)
    grader.wait()
    grader.stdout.close()
    for _ in range(600):
        if not any(map(alive, pids)):
            break
        time.sleep(0.1)
    assert [pid for pid in pids if alive(pid)] == []


def test_ctrl_c_in_the_terminal_is_not_the_zygotes(plain):
    plain._wait_until_ready()
    assert os.getsid(plain._process.pid) != os.getsid(0)


def test_versions_are_the_zygotes(submit, plain):
    pid_of(submit(LEAVER))
    assert plain.versions == {"plain": "1"}


@pytest.mark.parametrize("on_its_way_out", [False, True])
def test_a_zygote_that_ended_is_followed_by_another(submit, new_zygote, monkeypatch, on_its_way_out):
    """One that ran out of memory, say, must not fail this submission, nor all that come after."""
    if on_its_way_out:  # a process closes its line first, and is dead some time after
        monkeypatch.setattr(workers, "has_ended", lambda _: False)
    zygote = new_zygote()
    served = submit(LEAVER, zygote=zygote)
    before = pid_of(served)
    zygote._process.kill()
    zygote._process.wait()
    worker = served.worker()
    if on_its_way_out:
        assert worker._channel.waits(10)
    for _ in range(2):  # each who asks it is told the same
        with pytest.raises(InternalError, match="was killed: grade again"):
            worker.call("build_vocabulary", "calling it", 10, texts=["nothing"], max_tokens=1)
    assert pid_of(served) != before


def test_a_zygote_that_breaks_while_it_is_asked_is_the_graders_mistake(submit, new_zygote, monkeypatch):
    zygote = new_zygote()
    served = submit(LEAVER, zygote=zygote)
    pid_of(served)
    monkeypatch.setattr(zygotes, "SECONDS_TO_ANSWER", 0.5)
    zygote._process.send_signal(signal.SIGSTOP)
    with pytest.raises(InternalError, match=r"the process that imports PyTorch: no answer within 0 s"):
        submit(LEAVER, zygote=zygote).worker()
    served.end()
    assert not zygote._lodgers
    monkeypatch.undo()
    again = submit(LEAVER, zygote=zygote)
    assert pid_of(again)


def test_a_framework_that_can_not_be_imported_is_said_in_its_own_words(submit, new_zygote, tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("raise ImportError('libtorch.so: cannot open shared object file')")
    zygote = new_zygote(program=str(broken))
    with pytest.raises(InternalError) as caught:
        submit(LEAVER, zygote=zygote).worker()
    assert "the process that imports PyTorch: it ended" in str(caught.value)
    assert "libtorch.so: cannot open shared object file" in str(caught.value)


def test_a_worker_that_can_not_be_confined_is_the_graders_mistake(submit, monkeypatch):
    served = submit(LEAVER)
    policy = served.bench.policy
    monkeypatch.setattr(served.bench, "policy", lambda **_: policy().__class__("/nowhere"))
    with pytest.raises(InternalError, match=r"ended before it was confined \(status 70\): worker: FileNotFoundError"):
        served.worker()


def test_the_environment_holds_nothing_of_the_graders(monkeypatch):
    monkeypatch.setenv("AUTOGRADER_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("LD_PRELOAD", "/elsewhere.so")
    found = zygotes.worker_environment("/home")
    assert not {"AUTOGRADER_TOKEN", "PYTHONPATH", "LD_PRELOAD"} & found.keys()
    assert found["PATH"] == "/usr/bin:/bin"
    assert found["OMP_NUM_THREADS"] == "1"
