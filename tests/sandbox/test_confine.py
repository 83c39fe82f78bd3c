"""What a confined child can and can't do, tried in real ones."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.sandbox import linux

NEEDS_LANDLOCK = pytest.mark.skipif(linux.landlock_abi() < 6, reason="this kernel has no Landlock of version 6")

ALLOWED = {
    "read own code": "answer = open(values['code'] + '/module.py').read()",
    "list own code": "import os; answer = os.listdir(values['code'])",
    "write to scratch": "open(scratch + '/f', 'w').write('x')",
    "folders in scratch": "import os; os.makedirs(scratch + '/a/b'); os.rename(scratch + '/a/b', scratch + '/c')",
    "shared memory": "from multiprocessing.shared_memory import SharedMemory as S; S(create=True, size=9).unlink()",
    "null": "open('/dev/null', 'w').write('x'); open('/dev/urandom', 'rb').read(3)",
    "import": "import sqlite3, numpy.fft",
    "what a worker is made of": "import autograder.worker.serve, autograder.protocol.frames, autograder.report",
    "a child": "import os; pid = os.fork(); pid or os._exit(3); answer = os.waitstatus_to_exitcode(os.wait()[1])",
    "a program": "import subprocess; answer = subprocess.check_output(['/bin/echo', 'x'], text=True)",
    "a thread": "import threading; t = threading.Thread(target=int); t.start(); t.join()",
    "a pair of sockets": "import socket; a, b = socket.socketpair(); a.send(b'x')",
}
DENIED = {
    "read the secret": "open(secret)",
    "list the secret's folder": "import os; os.listdir(os.path.dirname(secret))",
    "write beside the secret": "open(secret + '2', 'w')",
    "remove the secret": "import os; os.unlink(secret)",
    "swap the secret's folder": "import os; os.rename(os.path.dirname(secret), scratch + '/x')",
    "list the stage": "import os; os.listdir(values['base'])",
    "change own code": "open(values['code'] + '/module.py', 'a')",
    "add to own code": "open(values['code'] + '/json.py', 'w')",
    "a hard link to the secret": "import os; os.link(secret, scratch + '/l')",
    "write to the package": "import autograder as a; open(a.__file__, 'a')",
    "become root": "import os; os.setuid(0)",
    "another group": "import os; os.setgroups([0])",
    "a device": "import os, stat; os.mknod(scratch + '/d', stat.S_IFBLK | 0o600, os.makedev(8, 0))",
    "the host name": "import socket; socket.sethostname('x')",
    "a signal to the grader": "import os; os.kill(grader, 0)",
    "a real signal to the grader": "import os, signal; os.kill(grader, signal.SIGWINCH)",
    "a signal by thread": "import ctypes; c = ctypes.CDLL(None, use_errno=True); "
    "r = c.syscall(234, grader, grader, 0)\nif r: raise OSError(ctypes.get_errno(), '')",
    "a signal by pidfd": "import os, signal; signal.pidfd_send_signal(os.pidfd_open(grader), 0)",
    "the grader's memory": "open(f'/proc/{grader}/mem', 'rb')",
    "the grader's maps": "open(f'/proc/{grader}/maps').read()",
    "the grader's environment": "open(f'/proc/{grader}/environ', 'rb').read()",
    "the grader's descriptors": "import os; os.listdir(f'/proc/{grader}/fd')",
    "trace the grader": "import ctypes; c = ctypes.CDLL(None, use_errno=True)\n"
    "if c.ptrace(0x4206, grader, 0, 0): raise OSError(ctypes.get_errno(), '')",
    "read over": "import ctypes; c = ctypes.CDLL(None, use_errno=True); b = ctypes.create_string_buffer(8)\n"
    "class V(ctypes.Structure): _fields_ = [('a', ctypes.c_void_p), ('n', ctypes.c_size_t)]\n"
    "v = V(ctypes.addressof(b), 8); w = V(values['address'], 8)\n"
    "r = c.process_vm_readv(grader, ctypes.byref(v), 1, ctypes.byref(w), 1, 0)\n"
    "if r < 0: raise OSError(ctypes.get_errno(), '')",
    "take a descriptor": "import ctypes, os; c = ctypes.CDLL(None, use_errno=True); p = os.pidfd_open(grader)\n"
    "if c.syscall(438, p, 1, 0) < 0: raise OSError(ctypes.get_errno(), '')",
    "TCP": "import socket; socket.create_connection(('127.0.0.1', values['port']), 5)",
    "an abstract socket": "import socket; s = socket.socket(socket.AF_UNIX); s.connect(values['abstract'])",
    "listen": "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0))",
}
# Landlock has no say in these; another user is what keeps them out.
DENIED_BY_USER = {
    "another mode of own code": "import os; os.chmod(values['code'], 0o755)",
    "the grader's priority": "import os; w = (os.PRIO_PROCESS, grader); os.setpriority(*w, os.getpriority(*w))",
    "the grader's processors": "import os; os.sched_setaffinity(grader, os.sched_getaffinity(grader))",
    "the grader's limits": "import resource; resource.prlimit(grader, resource.RLIMIT_CPU)",
}
# Landlock alone keeps these out.
DENIED_BY_LANDLOCK = {
    "a file in /tmp": "import tempfile; tempfile.TemporaryFile(dir='/tmp')",
    "the accounts": "import os; os.listdir('/etc')",
    "the machine": "import os; os.listdir('/')",
    "other processes": "import os; os.listdir('/proc')",
    "the home folder": "import os; os.listdir(values['home'])",
    "the grader's answers": "import autograder, os; open(os.path.dirname(autograder.__file__) + '/datasets/text.py')",
}
LIMITS = {
    "a file too large": "open(scratch + '/big', 'wb').truncate(3 * 2**20)",
    "too much memory": "x = bytearray(2**30)",
    "too many files": "x = [open('/dev/null') for _ in range(2000)]",
    "a core": "import resource; answer = resource.getrlimit(resource.RLIMIT_CORE)",
    "processor time": "import resource; answer = resource.getrlimit(resource.RLIMIT_CPU)",
    "a higher limit": "import resource; resource.setrlimit(resource.RLIMIT_DATA, (2**40, 2**40))",
    "mode of new files": "import os; open(scratch + '/m', 'w'); answer = os.stat(scratch + '/m').st_mode & 0o777",
    "capabilities": "answer = [l.split()[1] for l in open('/proc/self/status') if l.startswith('CapEff')]",
    "groups": "import os; answer = os.getgroups()",
    "privileges": "answer = [l.split()[1] for l in open('/proc/self/status') if l.startswith('NoNewPrivs')]",
}
# Those that do no harm where they succeed, as they must when nothing forbids them.
HARMLESS = ("read the secret", "list the secret's folder", "list the stage", "a signal to the grader",
            "a signal by thread", "a signal by pidfd", "the grader's memory", "the grader's maps",
            "the grader's environment", "the grader's descriptors", "trace the grader", "read over",
            "take a descriptor", "TCP", "an abstract socket", "listen", *DENIED_BY_USER,
            *DENIED_BY_LANDLOCK)  # fmt: skip
WITHOUT_LANDLOCK = "linux.landlock_abi = lambda: 0"
WITHOUT_FILTER = "from autograder.sandbox import system_calls; system_calls.pyseccomp = None"
OWN = {"dies with the grader", "keeps what it starts", "resource limits", "no new privileges", "scratch private"}
BY_FILTER = {"no TCP", "no network", "system calls filtered"}
MAY_BE = {"no service in reach"}  # a desktop has services that listen to everybody
DENIALS = (errno.EACCES, errno.EPERM, errno.EXDEV, errno.ENETDOWN)


@pytest.fixture(scope="module")
def listening() -> Iterator[dict[str, Any]]:
    """What the grader has that a child might reach: TCP, an abstract socket, an address in memory."""
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as abstract:
        name = f"\0autograder-test-{os.getpid()}"
        abstract.bind(name)
        abstract.listen()
        yield {"port": tcp.getsockname()[1], "abstract": name, "address": id(tcp)}


@pytest.fixture(scope="module")
def confined(stage, listening) -> dict[str, Any]:
    """One child under all layers that are to be had here, and all that it tried."""
    values = {**listening, "code": str(stage.code), "base": str(stage.base), "home": str(Path.home())}
    attempts = ALLOWED | DENIED | DENIED_BY_USER | DENIED_BY_LANDLOCK | LIMITS
    found: dict[str, Any] = stage.child(
        stage.policy(memory_mb=512, file_mb=2, processes=40, cpu_seconds=77), attempts, values=values
    )
    return found


def denied(outcome: object) -> bool:
    words = str(outcome).split()
    return words[0] in ("PermissionError", "OSError") and words[-1] in map(str, DENIALS)


def layers(answer: dict[str, Any], *, on: bool) -> set[str]:
    return {name for name, (is_on, _) in answer["layers"].items() if is_on == on} - MAY_BE


@pytest.mark.parametrize("attempt", ALLOWED)
def test_what_honest_code_needs_works(confined, attempt):
    assert confined["found"][attempt] in ("done", "x = 1\n", ["module.py"], 3, "x\n")


@NEEDS_LANDLOCK
@pytest.mark.parametrize("attempt", [*DENIED, *DENIED_BY_LANDLOCK])
def test_what_nobody_needs_is_denied(confined, attempt):
    assert denied(confined["found"][attempt]), confined["found"][attempt]


@pytest.mark.skipif(os.geteuid() != 0, reason="takes root, whom nothing else forbids it")
def test_the_attempts_succeed_where_nothing_forbids_them(stage, listening):
    attempts = {name: code for name, code in (DENIED | DENIED_BY_USER | DENIED_BY_LANDLOCK).items() if name in HARMLESS}
    values = {**listening, "code": str(stage.code), "base": str(stage.base), "home": str(Path.home())}
    found = stage.child(stage.policy(other_user=False), attempts, "confine = lambda _: {}", values)["found"]
    assert found == dict.fromkeys(attempts, "done")


@pytest.mark.parametrize("attempt", DENIED_BY_USER)
def test_another_user_changes_nothing_of_the_graders(confined, stage, attempt):
    if stage.user.uid is None:
        pytest.skip(stage.user.why)
    assert denied(confined["found"][attempt])


def test_limits_hold(confined):
    found = confined["found"]
    assert found["a file too large"] == f"OSError {errno.EFBIG}"
    assert found["too much memory"] == "MemoryError"
    assert found["too many files"] == f"OSError {errno.EMFILE}"
    assert found["a core"] == [0, 0]
    assert found["processor time"] == [77, 77]
    assert found["a higher limit"].startswith(("ValueError", "PermissionError"))
    assert found["mode of new files"] == 0o600
    assert found["privileges"] == ["1"]


def test_another_user_has_no_capability_left(confined, stage):
    if stage.user.uid is None:
        pytest.skip(stage.user.why)
    assert confined["found"]["capabilities"] == ["0" * 16]
    assert confined["found"]["groups"] == []


def test_the_probe_says_so_too(confined, stage):
    off = layers(confined, on=False)
    expected = set() if stage.user.uid is not None else {"other user"}
    if linux.landlock_abi() >= 6:
        assert off == expected
    assert all(why == "" for on, why in confined["layers"].values() if on)


def test_processes_and_threads_of_another_user_are_counted(stage):
    if stage.user.uid is None:
        pytest.skip(stage.user.why)
    bomb = {
        "processes": "import os, time\nfor answer in range(100):\n  if os.fork() == 0: time.sleep(3); os._exit(0)",
        "threads": "from threading import *\nfor answer in range(99): Thread(target=Event().wait, daemon=True).start()",
    }
    found = stage.child(stage.policy(processes=30), {"threads": bomb["threads"]})["found"]
    assert found["threads"] == "RuntimeError"
    found = stage.child(stage.policy(processes=30), {"processes": bomb["processes"]})["found"]
    assert found["processes"] == f"BlockingIOError {errno.EAGAIN}"


def test_without_landlock_another_user_still_keeps_the_secret(stage, listening):
    if stage.user.uid is None:
        pytest.skip(stage.user.why)
    attempts = {name: DENIED[name] for name in ("read the secret", "write beside the secret", "a signal to the grader",
                                                "the grader's memory", "read over", "list the stage")}  # fmt: skip
    values = {**listening, "base": str(stage.base)}
    answer = stage.child(stage.policy(), attempts, before=f"{WITHOUT_LANDLOCK}\n{WITHOUT_FILTER}", values=values)
    assert all(map(denied, answer["found"].values())), answer["found"]
    assert layers(answer, on=True) == OWN | {"other user", "hidden data unreadable", "grader out of reach"}
    assert answer["layers"]["writes to scratch only"] == [
        False,
        "file system: needs a kernel with Landlock (Linux 5.13 or newer)",
    ]


@NEEDS_LANDLOCK
def test_without_another_user_landlock_still_keeps_the_secret(stage, listening):
    attempts = {name: DENIED[name] for name in ("read the secret", "write beside the secret", "a signal to the grader",
                                                "the grader's memory", "the grader's environment", "read over",
                                                "trace the grader", "TCP", "an abstract socket")}  # fmt: skip
    answer = stage.child(
        stage.policy(other_user=False), attempts | DENIED_BY_LANDLOCK, WITHOUT_FILTER, {**listening, "home": "/"}
    )
    assert all(map(denied, answer["found"].values())), answer["found"]
    assert layers(answer, on=False) == {"other user", "no network", "system calls filtered"}
    assert answer["layers"]["no network"][1].startswith("system calls: needs libseccomp")
    assert answer["layers"]["other user"] == [False, "other user: not asked for"]


def test_without_either_nothing_is_claimed(stage):
    before = f"{WITHOUT_LANDLOCK}\n{WITHOUT_FILTER}"
    answer = stage.child(stage.policy(other_user=False), {"secret": "open(secret)"}, before=before)
    assert answer["found"] == {"secret": "done"}
    assert layers(answer, on=True) == OWN
    on, why = answer["layers"]["hidden data unreadable"]
    assert not on
    assert "other user: not asked for" in why
    assert "Landlock" in why


@NEEDS_LANDLOCK
def test_landlock_is_not_claimed_where_older_threads_are_not_bound_by_it(stage):
    before = "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()"
    answer = stage.child(stage.policy(other_user=False), before=before)
    walls = {"other user", "hidden data unreadable", "writes to scratch only", "grader out of reach"}
    assert layers(answer, on=False) == walls
    assert "1 threads that began before it are not bound by it" in answer["layers"]["writes to scratch only"][1]
    answer = stage.child(stage.policy(other_user=False), before=f"{before}\n{WITHOUT_FILTER}")
    assert layers(answer, on=False) == walls | BY_FILTER
    assert "1 threads that began before it are not bound by it" in answer["layers"]["no TCP"][1]


@NEEDS_LANDLOCK
@pytest.mark.parametrize("abi", [1, 2, 3, 4, 5])
def test_older_landlocks_are_used_as_far_as_they_go(stage, abi):
    before = f"{WITHOUT_FILTER}\nlinux.landlock_abi = lambda: {abi}"
    answer = stage.child(stage.policy(other_user=False), before=before)
    assert answer["reasons"]["file system"] == ""
    held = {name: on for name, (on, _) in answer["layers"].items()}
    assert held["hidden data unreadable"]
    assert held["writes to scratch only"]
    assert held["no TCP"] == (abi >= 4)
    assert not held["grader out of reach"], "signals are scoped from version 6 on"


def test_a_layer_that_is_refused_is_off_and_the_others_go_on(stage):
    before = "def refuse(*_): raise OSError(1, 'not here')\nlinux.prctl = refuse"
    answer = stage.child(stage.policy(other_user=False), before=before)
    for layer in ("dies with the grader", "keeps what it starts"):
        assert answer["reasons"][layer] == "refused: [Errno 1] not here"
        assert answer["layers"][layer] == [False, f"{layer}: refused: [Errno 1] not here"]
    assert answer["reasons"]["no new privileges"] == "refused: [Errno 1] not here"
    assert answer["layers"]["no new privileges"] == [True, ""], "the filter asks for it, too"
    assert answer["layers"]["resource limits"] == [True, ""]


@pytest.mark.parametrize("other_user", [True, False])
def test_short_of_memory_the_kernel_takes_the_child_and_not_the_grader(stage, other_user):
    attempts = {
        "first": "answer = int(open('/proc/self/oom_score_adj').read())",
        "no longer": "open('/proc/self/oom_score_adj', 'w').write('-1')",
    }
    answer = stage.child(stage.policy(other_user=other_user), attempts)
    assert answer["reasons"]["first to go"] == ""
    assert answer["found"]["first"] == 1000
    assert answer["found"]["no longer"].startswith("PermissionError")


def test_a_child_dies_with_the_process_that_it_came_from(stage):
    """Even where it has become another user, which clears the wish to."""
    policy = stage.policy()
    code = f"""if 1:
        import os, sys, time
        from autograder.sandbox.confine import confine
        from autograder.sandbox.policy import Policy
        if os.fork() == 0:
            confine(Policy(**{policy.to_json()!r}))
            print(os.getpid(), flush=True)
            time.sleep(600)
        time.sleep(600)
    """
    with subprocess.Popen([sys.executable, "-I", "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
    with contextlib.suppress(psutil.NoSuchProcess):
        child.wait(60)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


# A machine without a card has no driver's files: two devices of every machine stand in, one of them in a folder.
DRIVER = """
import os
from autograder.sandbox import accelerators
os.mkdir(scratch + "/nvidia-caps")
open(scratch + "/nvidia-caps/nvidia-cap1", "w").close()
accelerators.device_files = lambda: ("/dev/full", scratch + "/nvidia-caps")
accelerators.DESCRIPTIONS = ("/proc/devices", "/proc/modules-of-nobody")
"""
TALKS = {
    "open it": "import os; answer = os.close(os.open('/dev/full', os.O_RDWR))",
    "its ioctl": "import fcntl, termios; fcntl.ioctl(open('/dev/full'), termios.TCGETS)",
    "what describes it": "open('/proc/devices').read()",
    "null's ioctl": "import fcntl, termios; fcntl.ioctl(open('/dev/null'), termios.TCGETS)",
    "another device": "open('/dev/tty')",
    "a file in /tmp": DENIED_BY_LANDLOCK["a file in /tmp"],
    "the secret": DENIED["read the secret"],
}


@NEEDS_LANDLOCK
def test_a_worker_with_a_gpu_talks_to_the_driver_and_to_nothing_else(stage):
    found = stage.child(stage.policy(gpu=True), TALKS, DRIVER)["found"]
    assert found["open it"] is None
    assert found["its ioctl"] == f"OSError {errno.ENOTTY}"  # it got through: that device just doesn't know the request
    assert found["what describes it"] == "done"
    assert all(denied(found[name]) for name in ("null's ioctl", "another device", "a file in /tmp", "the secret")), (
        found
    )


@NEEDS_LANDLOCK
def test_a_worker_without_one_does_not(stage):
    found = stage.child(stage.policy(), TALKS, DRIVER)["found"]
    assert all(map(denied, found.values())), found
