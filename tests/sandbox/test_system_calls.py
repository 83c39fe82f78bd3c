"""The filter of system calls, in confined children: every rule, what it leaves alone, and whom it binds."""

from __future__ import annotations

import errno
import os
import platform
import sys
from typing import Any

import pytest

from autograder.sandbox import system_calls
from autograder.sandbox.system_calls import WHOLE, Refusal, number_of, refusals

pytestmark = pytest.mark.skipif(system_calls.pyseccomp is None, reason="there is no libseccomp")

WITHOUT = "from autograder.sandbox import system_calls; system_calls.pyseccomp = None"
ABOVE = 2**32  # the kernel doesn't look there in an int
NONSENSE = 2**64 - 1
CALL = """
import ctypes
def call(number, arguments):
    words = [ctypes.c_ulong(word) for word in arguments]
    return ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *words) < 0 and ctypes.get_errno()
answer = [call(*made) for made in values["calls"]]
"""


def made(refusal: Refusal, above: int = 0) -> tuple[int, list[int]]:
    """A call that this refusal is for: with nonsense in all the rest, so that the kernel would turn it down as well."""
    arguments = [NONSENSE] * 6
    if refusal.argument is not None:
        arguments[refusal.argument] = refusal.value + above if refusal.mask else refusal.value + 1
    return number_of(refusal.call), arguments


def errors(stage, calls: list[tuple[int, list[int]]], before: str = "", **policy: Any) -> list[int]:
    found = stage.child(stage.policy(**policy), {"calls": CALL}, before, {"calls": calls})["found"]["calls"]
    assert len(found) == len(calls), found
    return found


def test_every_rule_is_in_force(stage):
    every = [refusal for refusal in refusals((os.getpid(),)) if number_of(refusal.call) >= 0]
    assert len(every) > 90
    calls, above = [made(refusal) for refusal in every], [made(refusal, ABOVE) for refusal in every]
    for found in (errors(stage, calls), errors(stage, above), errors(stage, calls, other_user=False)):
        missed = [refusal for refusal, error in zip(every, found, strict=True) if error != refusal.error]
        assert missed == []


def test_more_is_refused_to_the_graders_own_user(stage):
    """Landlock leaves modes, owners and attributes of files alone, which its user may change."""
    common = set(refusals((1,)))
    more = [refusal for refusal in refusals((1,), same_user=True) if refusal not in common]
    assert {refusal.call for refusal in more} >= {"chmod", "fchmodat2", "chown", "setxattr", "truncate"}
    assert errors(stage, [made(refusal) for refusal in more], other_user=False) == [refusal.error for refusal in more]
    if stage.user.uid is not None:
        assert errors(stage, [made(refusal) for refusal in more]) != [refusal.error for refusal in more]


CHANGES = {
    "owner": "import os; os.chown(secret, os.getuid(), os.getgid())",
    "watch": "import ctypes; c = ctypes.CDLL(None, use_errno=True); import os\n"
    "if c.inotify_add_watch(c.inotify_init(), os.path.dirname(secret).encode(), 0xfff) < 0:\n"
    "  raise PermissionError(ctypes.get_errno(), '')",
    "mode": "import os; os.chmod(os.path.dirname(secret), 0o701)",
    "copy": "import shutil; open(scratch + '/a', 'w').write('x'); shutil.copy2(scratch + '/a', scratch + '/b')",
}


def test_the_graders_own_user_changes_no_mode_and_copies_files_all_the_same(stage):
    folder, policy = stage.secret.parent, stage.policy(other_user=False)
    before = folder.stat().st_mode
    found = stage.child(policy, CHANGES)["found"]
    assert folder.stat().st_mode == before
    assert found == {"owner": "PermissionError 1", "watch": "PermissionError 1", "mode": "done", "copy": "done"}
    try:  # Landlock alone lets it
        assert stage.child(policy, CHANGES, WITHOUT)["found"] == dict.fromkeys(CHANGES, "done")
        assert folder.stat().st_mode != before
    finally:
        folder.chmod(0o700)


HARMLESS = {
    "own limits": "import resource as r; r.prlimit(0, r.RLIMIT_CPU); r.setrlimit(r.RLIMIT_CPU, (9, 9))",
    "own priority": "import os; os.setpriority(os.PRIO_PROCESS, 0, os.nice(1))",
    "own processors": "import os; os.sched_setaffinity(0, os.sched_getaffinity(0))",
    "a pair of sockets": "import socket; a, b = socket.socketpair(); a.send(b'x'); b.setblocking(False)",
    "a Unix socket": "import socket; s = socket.socket(socket.AF_UNIX); s.bind(scratch + '/s'); s.listen()\n"
    "c = socket.socket(socket.AF_UNIX); c.connect(scratch + '/s')",
    "end a child": "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=-1)\n"
    "p.terminate(); answer = p.wait()",
    "a signal to itself": "import signal as s; s.signal(s.SIGUSR1, lambda *_: None); s.raise_signal(s.SIGUSR1)",
    "a pool": "from multiprocessing import get_context\n"
    "with get_context('fork').Pool(2) as p: answer = sum(p.map(abs, [-1, -2]))",
    "a manager": "from multiprocessing import get_context\nimport tempfile; tempfile.tempdir = scratch\n"
    "with get_context('fork').Manager() as m: answer = m.list([7])[0]",
    "threads": "from concurrent.futures import ThreadPoolExecutor as E\n"
    "with E(3) as e: answer = sum(e.map(abs, [-1, -2]))",
    "a pipeline": "import subprocess; answer = subprocess.check_output('echo x | cat', shell=True, text=True)",
    "a clock": "import time; time.clock_gettime(time.CLOCK_MONOTONIC); time.sleep(0.001)",
    "owner of a descriptor": "import fcntl; answer = fcntl.fcntl(0, fcntl.F_GETFL) >= 0",
}  # fmt: skip


def test_what_honest_code_calls_goes_on(stage):
    found = stage.child(stage.policy(), HARMLESS)["found"]
    assert found == dict.fromkeys(HARMLESS, "done") | {
        "end a child": -15, "a pool": 3, "a manager": 7, "threads": 3, "a pipeline": "x\n",
        "owner of a descriptor": True,
    }  # fmt: skip


NETWORK = "import socket\nfor kind in ((2, 1), (2, 2), (10, 1), (16, 3), (17, 3)):\n  socket.socket(*kind)"


def test_the_network_is_said_to_be_off(stage):
    attempts = {
        "socket": NETWORK,
        "pair": "import socket; socket.socketpair(socket.AF_INET)",
        "name": "import socket; socket.getaddrinfo('localhost', 'http')",  # /etc/hosts is out of sight
        "url": "import urllib.request as u\ntry: u.urlopen('http://127.0.0.1:9')\nexcept OSError as e: answer = str(e)",
    }
    found = stage.child(stage.policy(), attempts)["found"]
    assert found["socket"] == found["pair"] == f"OSError {errno.ENETDOWN}"
    assert found["name"].startswith("gaierror")
    assert "Network is down" in found["url"]


OLD_THREAD = """
import socket, threading
go, ended, heard = threading.Event(), threading.Event(), []
def wait():
    go.wait()
    try: socket.socket()
    except OSError as error: heard.append(error.errno)
    ended.set()
threading.Thread(target=wait, daemon=True).start()
"""
ASK_IT = "import __main__ as m; m.go.set(); m.ended.wait(60); answer = m.heard"


def test_threads_that_were_there_before_are_bound(stage):
    answer = stage.child(stage.policy(), {"thread": ASK_IT}, OLD_THREAD)
    assert answer["found"]["thread"] == [errno.ENETDOWN]
    assert answer["layers"]["system calls filtered"] == [True, ""]


def test_threads_that_are_not_bound_are_seen(stage):
    """The probe looks at each: here the filter is asked to bind the calling thread alone."""
    alone = "from autograder.sandbox import system_calls; p = system_calls.pyseccomp.SyscallFilter; old = p.set_attr\n"
    alone += "p.set_attr = lambda s, a, v: old(s, a, 0 if a == system_calls.pyseccomp.Attr.CTL_TSYNC else v)"
    answer = stage.child(stage.policy(), {"thread": ASK_IT}, f"{OLD_THREAD}\n{alone}")
    assert answer["found"]["thread"] == []
    assert answer["layers"]["system calls filtered"] == [False, "not denied: anything in 1 threads"]


def test_what_it_starts_is_bound(stage):
    program = (
        f"import subprocess; answer = subprocess.run([{sys.executable!r}, '-c', {NETWORK!r}], capture_output=True)"
    )
    attempts = {
        "a program": f"{program}\nanswer = answer.stderr.decode().splitlines()[-1]",
        "a child": "import os, socket\npid = os.fork()\nif not pid:\n try: socket.socket()\n"
        " except OSError as e: os._exit(e.errno)\n os._exit(0)\nanswer = os.waitstatus_to_exitcode(os.wait()[1])",
    }
    found = stage.child(stage.policy(), attempts)["found"]
    assert "Network is down" in found["a program"]
    assert found["a child"] == errno.ENETDOWN


MACHINE_CODE = """
import ctypes, mmap, os
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(bytes.fromhex('b814000000cd80c3'))  # getpid as 32-bit x86 calls it: mov eax, 20; int 0x80; ret
pid = os.fork()
if not pid:
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    os._exit(ctypes.CFUNCTYPE(ctypes.c_int)(address)() == os.getpid())
answer = os.waitstatus_to_exitcode(os.wait()[1])
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the other architecture is that of 32-bit x86")
def test_calls_of_another_architecture_are_refused(stage):
    assert stage.child(stage.policy(), {"int 0x80": MACHINE_CODE})["found"]["int 0x80"] in (0, -11)


def test_without_libseccomp_the_reason_says_what_to_install(stage):
    answer = stage.child(stage.policy(), before=WITHOUT)
    on, why = answer["layers"]["system calls filtered"]
    assert not on
    assert "libseccomp2 on Debian" in why


def test_a_refusal_names_a_call_that_there_is():
    """A misspelt name would be passed over as unknown to the library."""
    assert [r.call for r in refusals((1,)) if number_of(r.call) == -1] == []


def test_a_worker_with_a_gpu_may_have_what_cuda_might_want():
    without, with_gpu = ({r.call for r in refusals((1,), gpu=gpu)} for gpu in (False, True))
    assert without - with_gpu == {"memfd_create"}


def test_arguments_of_type_int_are_compared_as_the_kernel_reads_them():
    """Else what stands above their 32 bits would get a call past the filter."""
    assert all(r.mask <= WHOLE for r in refusals((1,)))
    assert {r.mask for r in refusals((1,)) if r.call in ("kill", "tgkill", "prctl", "ioctl", "fcntl")} <= {WHOLE, 2**31}


def test_what_matters_is_on_the_list():
    """Said a second time, so that nothing is lost from the list by mistake."""
    every = list(refusals((11, 12)))
    always = {refusal.call for refusal in every if refusal.argument is None}
    assert always >= {
        "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "tkill",
        "rt_sigqueueinfo", "perf_event_open", "setsid", "setpgid", "io_uring_setup", "io_uring_enter",
        "io_uring_register", "shmget", "semget", "msgget", "mq_open", "unshare", "setns", "mount", "umount2",
        "pivot_root", "chroot", "move_mount", "fsopen", "open_by_handle_at", "bpf", "userfaultfd", "keyctl", "add_key",
        "request_key", "clone3", "memfd_create",
    }  # fmt: skip
    looked_at = {(refusal.call, refusal.argument, refusal.value) for refusal in every if refusal.argument is not None}
    assert looked_at >= {
        ("socket", 0, 1), ("socketpair", 0, 1), ("kill", 0, 0), ("kill", 0, 2**31), ("kill", 0, 11), ("kill", 0, 12),
        ("tgkill", 0, 11), ("prlimit64", 0, 0), ("sched_setaffinity", 0, 0), ("setpriority", 0, 0),
        ("setpriority", 1, 0), ("ioprio_set", 1, 0), ("prctl", 0, 1), ("prctl", 0, 4), ("prctl", 0, 36),
        ("fcntl", 1, 8), ("fcntl", 1, 15), ("ioctl", 1, 0x5412),
    }  # fmt: skip
    assert {value for call, _, value in looked_at if call == "clone"} >= {2**bit for bit in (17, 25, *range(26, 31))}
