"""Whatever a worker leaves goes: trees of any shape, files in shared folders, System V memory."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autograder.sandbox import leftovers
from autograder.sandbox.leftovers import remove_tree, wipe_files_of
from autograder.sandbox.users import borrow_user

as_root = pytest.mark.skipif(platform.system() != "Linux" or os.geteuid() != 0, reason="takes root, to act as another")


def deep(top: Path, levels: int) -> None:
    """Folders within folders, far beyond the longest path."""
    here = os.open(top, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)


def test_a_tree_of_1500_levels_goes(tmp_path):
    top = tmp_path / "top"
    top.mkdir()
    deep(top, 1500)
    with pytest.raises((RecursionError, OSError)):  # so this is needed
        shutil.rmtree(top)
    remove_tree(top)
    assert list(tmp_path.iterdir()) == []


def test_many_files_and_odd_names_go(tmp_path):
    top = tmp_path / "top"
    names = ["\n", "\x1b[31m", "\u202etxt", "-rf", "*", " ", "é", "a" * 255]
    for name in names:
        (top / name / name).mkdir(parents=True)
        (top / name / name / "file").touch()
    Path(os.fsdecode(os.fsencode(top) + b"/\xff\xfe")).mkdir()
    for number in range(500):
        (top / str(number)).touch()
    remove_tree(top)
    assert not top.exists()


def test_links_go_and_what_they_point_at_stays(tmp_path):
    keep = tmp_path / "keep"
    keep.mkdir()
    (keep / "precious").write_text("x")
    top = tmp_path / "top"
    (top / "sub").mkdir(parents=True)
    (top / "sub" / "up").symlink_to(keep)
    (top / "loop").symlink_to(top)
    (top / "dangling").symlink_to("nowhere")
    (top / "file").symlink_to(keep / "precious")
    (top / "hard").hardlink_to(keep / "precious")
    os.mkfifo(top / "fifo")
    remove_tree(top)
    assert not top.exists()
    assert (keep / "precious").read_text() == "x"


def test_a_link_itself_goes_and_its_target_stays(tmp_path):
    (tmp_path / "keep").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "keep")
    remove_tree(tmp_path / "link")
    assert [entry.name for entry in tmp_path.iterdir()] == ["keep"]


def test_folders_without_permissions_go_for_their_owner_too():
    """Tried as another user than root, who may do anything anyway."""
    # Not in pytest's own folder, which is closed to others.
    base = Path(tempfile.mkdtemp())
    base.chmod(0o777)
    uid = 54321 if os.geteuid() == 0 else None
    code = f"""if 1:
        from pathlib import Path
        from autograder.sandbox.leftovers import remove_tree
        top = Path({str(base)!r}, "top")
        (top / "a" / "b" / "c").mkdir(parents=True)
        (top / "a" / "b" / "c" / "file").touch()
        for folder in ("a/b/c", "a/b", "a", "."):
            (top / folder).chmod(0)
        remove_tree(top)
    """
    subprocess.run([sys.executable, "-c", code], user=uid, group=uid, cwd="/", check=True)
    left = list(base.iterdir())
    remove_tree(base)
    assert left == []


def test_nothing_at_all_is_no_mistake(tmp_path):
    remove_tree(tmp_path / "nothing")


@as_root
def test_files_of_a_user_in_shared_folders_go_and_others_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(leftovers, "SHARED_FOLDERS", (str(tmp_path), str(tmp_path / "not-there")))
    for name in ("theirs", "ours"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
        (tmp_path / f"{name}.txt").touch()
    for path in (tmp_path / "theirs", tmp_path / "theirs.txt"):
        os.chown(path, 54321, 54321)
    wipe_files_of(54321)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["ours", "ours.txt"]


@as_root
def test_the_memory_folder_is_among_the_shared_ones():
    user = borrow_user()
    uid = user.uid or 54321
    places = [Path(folder, f"autograder-test-{uid}") for folder in ("/dev/shm", "/tmp")]
    for place in places:
        place.touch()
        os.chown(place, uid, uid)
    wipe_files_of(uid)
    assert not any(place.exists() for place in places)
    user.release()


@as_root
def test_system_v_memory_semaphores_and_queues_of_a_user_go():
    libc = ctypes.CDLL(None)
    code = (
        "import ctypes; c = ctypes.CDLL(None); c.shmget(0, 4096, 0o1600); c.semget(0, 1, 0o1600); c.msgget(0, 0o1600)"
    )
    uid = 54322
    ours = libc.shmget(0, 4096, 0o1600)
    try:
        subprocess.run([sys.executable, "-I", "-S", "-c", code], user=uid, group=uid, extra_groups=[], check=True)
        assert {kind for kind in IPC if uid in _owners(kind)} == set(IPC)
        wipe_files_of(uid)
        assert {kind for kind in IPC if uid in _owners(kind)} == set()
        assert 0 in _owners("shm")
    finally:
        libc.shmctl(ours, 0, None)


IPC = ("shm", "sem", "msg")


def _owners(kind: str) -> set[int]:
    names, *rows = (line.split() for line in Path("/proc/sysvipc", kind).read_text().splitlines())
    return {int(row[names.index("cuid")]) for row in rows}
