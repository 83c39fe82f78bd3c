"""Folders that a stranger filled, as a TA has unpacked them: trees without end, odd names, devices, files that grow."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from autograder.assignment import Limits
from autograder.errors import InternalError, SubmissionError
from autograder.intake import file_names, folders, open_submission
from autograder.sandbox.leftovers import remove_tree

LIMITS = Limits(submission_mb=1, submission_files=8)


@pytest.fixture
def handed_in(tmp_path):
    """A folder with a module; removed whatever it holds by then, which pytest's own way couldn't."""
    folder = tmp_path / "handed-in"
    folder.mkdir()
    (folder / "module.py").write_text("x = 1\n")
    yield folder
    remove_tree(folder)


def refused(folder: Path) -> str:
    """The words of the refusal, after which nothing is left, and which are the same where only names are asked for."""
    into = folder.parent / "clean"
    with pytest.raises(SubmissionError) as caught:
        open_submission(folder, into, limits=LIMITS)
    assert not into.exists()
    finding = caught.value.finding
    assert f"{finding.message}{finding.found}{finding.advice}".isprintable()
    return f"{finding.message} {finding.found}"


def deep(folder: Path, levels: int, name: str = "d") -> None:
    """Folders within each other, made one after the other: no path is ever long."""
    opened = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=opened)
        below = os.open(name, os.O_RDONLY, dir_fd=opened)
        os.close(opened)
        opened = below
    os.close(os.open("module.py", os.O_CREAT, dir_fd=opened))
    os.close(opened)


@pytest.mark.parametrize("levels", [13, 3000])
def test_a_deep_tree(handed_in, levels):
    deep(handed_in, levels)
    assert "lies more than 12 folders deep" in refused(handed_in)


def test_a_deep_tree_of_junk_is_not_looked_at(handed_in):
    (handed_in / ".git").mkdir()
    deep(handed_in / ".git", 3000)
    assert open_submission(handed_in, handed_in.parent / "clean", limits=LIMITS).files == ("module.py",)


@pytest.mark.parametrize(
    "name", [b"new\nline.py", b"\x1b[2J.py", "right\u202eyp.py".encode(), b"\xff\xfe.py", b"a\\b.py", b"\x7f.py"]
)
def test_names_that_can_not_be_shown(handed_in, name):
    Path(os.fsdecode(os.fsencode(handed_in) + b"/" + name)).touch()
    assert "has a name with characters that can't be shown" in refused(handed_in)


def test_a_socket(handed_in):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(handed_in / "socket"))
    assert "socket is not a regular file" in refused(handed_in)


@pytest.mark.skipif(os.geteuid() != 0, reason="takes root, to make devices")
@pytest.mark.parametrize("kind", [stat.S_IFCHR, stat.S_IFBLK])
def test_devices(handed_in, kind):
    try:
        os.mknod(handed_in / "zero", kind | 0o666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("this container makes no devices")
    assert "zero is not a regular file" in refused(handed_in)


@pytest.mark.parametrize("size", [1_000_001, 2**40])
def test_a_huge_file_without_content(handed_in, size):
    try:
        os.truncate(handed_in / "module.py", size)
    except OSError:
        pytest.skip("this file system has no such files")
    assert "larger than 1 MB" in refused(handed_in)


def test_a_file_that_grows_while_it_is_copied(handed_in, monkeypatch):
    opener = folders._opener

    def growing(file):
        opened = opener(file)

        def grown():
            file.write_text("x = 1\n" * 1000)
            return opened()

        return grown

    monkeypatch.setattr(folders, "_opener", growing)
    assert "is larger than declared" in refused(handed_in)


def test_a_file_that_becomes_a_link_while_it_is_copied(handed_in, monkeypatch):
    """The staff's folder changes under our feet: nobody's points, and no link is followed."""
    opener = folders._opener

    def swapped(file):
        opened = opener(file)

        def followed():
            file.unlink()
            file.symlink_to("/etc/hostname")
            return opened()

        return followed

    monkeypatch.setattr(folders, "_opener", swapped)
    with pytest.raises(InternalError, match="couldn't be copied"):
        open_submission(handed_in, handed_in.parent / "clean", limits=LIMITS)
    assert not (handed_in.parent / "clean").exists()


def test_a_folder_that_goes_while_it_is_listed(handed_in, monkeypatch):
    (handed_in / "more").mkdir()
    listing = folders._listing

    def gone(root, above):
        found = listing(root, above)
        remove_tree(handed_in / "more")
        return found

    monkeypatch.setattr(folders, "_listing", gone)
    for act in (file_names, lambda path, limits: open_submission(path, path.parent / "clean", limits=limits)):
        (handed_in / "more").mkdir(exist_ok=True)
        with pytest.raises(InternalError, match="handed-in can't be read: No such file or directory"):
            act(handed_in, limits=LIMITS)


def test_more_folders_than_anybody_has(handed_in, monkeypatch):
    monkeypatch.setattr(folders, "MOST_ENTRIES", 50)
    for number in range(60):
        (handed_in / f"{number}").mkdir()
    assert "has more than 50 files and folders" in refused(handed_in)


def test_hard_links_and_modes_are_not_taken_over(handed_in):
    (handed_in / "other.py").hardlink_to(handed_in / "module.py")
    (handed_in / "module.py").chmod(0o6777)
    opened = open_submission(handed_in, handed_in.parent / "clean", limits=LIMITS)
    for name in opened.files:
        status = (opened.folder / name).stat()
        assert (stat.S_IMODE(status.st_mode), status.st_nlink) == (0o644, 1)
