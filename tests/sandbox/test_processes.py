"""Families of processes, their time and memory, and the end of all of a user's at once."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from autograder.sandbox import processes

linux_only = pytest.mark.skipif(platform.system() != "Linux", reason="reads /proc")
as_root = pytest.mark.skipif(platform.system() != "Linux" or os.geteuid() != 0, reason="takes root, to act as another")
UID = 54323

# A child that burns processor time and holds memory, below a shell-like parent, and says when it has both.
FAMILY = """
import os, sys, time
pid = os.fork()
if pid == 0:
    if os.fork() == 0:
        held = b"x" * 100_000_000
        while time.process_time() < 0.5: pass
        print("ready", flush=True)
    time.sleep(600)
time.sleep(600)
"""
# Forks and ends all the time: it is another process whenever somebody looks.
HOPPER = """
import os, sys
print("ready", flush=True)
while True:
    if os.fork(): os._exit(0)
"""


@pytest.fixture
def family() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, text=True) as top:
        assert top.stdout is not None
        top.stdout.readline()
        below = psutil.Process(top.pid).children(recursive=True)
        yield top
        for process in below:
            process.kill()
        top.kill()


def test_descendants_are_children_and_theirs(family):
    (child,) = processes.children(family.pid)
    (grandchild,) = processes.children(child)
    assert processes.descendants(family.pid) == [child, grandchild]
    assert processes.children(grandchild) == []


def test_children_are_found_without_the_kernels_list_too(family, monkeypatch):
    listed = processes.children(family.pid)
    monkeypatch.setattr(processes, "Path", lambda path: __import__("pathlib").Path("/nowhere", path.lstrip("/")))
    assert processes.children(family.pid) == listed
    assert processes.memory([family.pid]) > 0


def test_time_and_memory_of_a_process(family):
    grandchild = processes.descendants(family.pid)[-1]
    assert processes.cpu_usage(grandchild).own >= 0.4  # the kernel counts in hundredths
    assert processes.cpu_usage(family.pid).own < 0.4
    assert processes.memory([grandchild]) > 100_000_000


def test_a_child_that_was_waited_for_counts_as_its_parents():
    code = """if 1:
        import os, time
        if os.fork() == 0:
            while time.process_time() < 0.4: pass
            os._exit(0)
        os.wait()
        print("ready", flush=True)
        time.sleep(600)
    """
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        assert processes.cpu_usage(parent.pid).waited_for >= 0.3
        parent.kill()


def test_a_process_that_is_gone_has_nothing():
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    assert processes.children(gone.pid) == []
    assert processes.cpu_usage(gone.pid) is None
    assert processes.memory([gone.pid]) == 0
    assert processes.real_uid(gone.pid) is None
    assert processes.has_ended(gone.pid)


def test_a_dead_process_that_nobody_waited_for_has_ended():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert not processes.has_ended(process.pid)
        assert processes.real_uid(process.pid) == os.getuid()
        process.kill()
        while not processes.has_ended(process.pid):
            time.sleep(0.01)
        assert process.pid in processes.children(os.getpid())
        assert processes.memory([process.pid]) == 0


def _processes_of(uid: int) -> list[psutil.Process]:
    running = [p for p in psutil.process_iter(["uids", "status"]) if p.info["status"] != psutil.STATUS_ZOMBIE]
    return [p for p in running if p.info["uids"] and p.info["uids"].real == uid]


@as_root
def test_all_of_a_user_end_and_nobody_else():
    theirs = [subprocess.Popen(["/bin/sleep", "600"], user=UID, group=UID, extra_groups=[]) for _ in range(3)]
    others = [subprocess.Popen(["/bin/sleep", "600"], user=UID + 1, group=UID, extra_groups=[])]
    others.append(subprocess.Popen(["/bin/sleep", "600"]))
    processes.kill_all_of(UID)
    assert [process.wait(60) for process in theirs] == [-9, -9, -9]
    assert [process.poll() for process in others] == [None, None]
    for process in others:
        process.kill()
        process.wait()


@as_root
def test_one_that_forks_faster_than_a_list_is_read_ends_too():
    with subprocess.Popen(
        [sys.executable, "-c", HOPPER], stdout=subprocess.PIPE, text=True, user=UID, group=UID, extra_groups=[]
    ) as first:
        assert first.stdout is not None
        first.stdout.readline()
        first.wait(60)
        processes.kill_all_of(UID)
        first.stdout.read()  # ends when nobody holds the other end any more
    assert not psutil.wait_procs(_processes_of(UID), timeout=60)[1]  # the last one may be on its way out
    assert not _processes_of(UID)


@as_root
def test_killing_all_of_a_user_who_has_nothing_is_no_mistake():
    processes.kill_all_of(UID + 7)


V2 = "anon 300\nfile 9000\nkernel 70\nshmem 20\n"
V1 = "cache 9000\nrss 1\nshmem 2\ntotal_cache 9000\ntotal_rss 400\ntotal_shmem 30\n"


@pytest.mark.parametrize(("told", "bytes_"), [({0: V2}, 320), ({1: V1}, 430), ({0: "", 1: V1}, 430), ({}, None)])
def test_memory_of_all_as_control_groups_tell_it(tmp_path, monkeypatch, told, bytes_):
    names = processes.GROUPS.values()
    monkeypatch.setattr(processes, "GROUPS", {str(tmp_path / str(number)): of for number, of in enumerate(names)})
    for number, text in told.items():
        (tmp_path / str(number)).write_text(text)
    assert processes.memory_of_all() == bytes_


@linux_only
def test_memory_of_all_is_no_less_than_what_one_takes():
    held = b"x" * 200_000_000
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    of_all = processes.memory_of_all()
    if of_all is None:
        pytest.skip("no control group counts memory here")
    assert len(held) <= int(status["RssAnon"].split()[0]) * 1024 <= of_all * 1.1  # the kernel adds up in batches
