"""Folders that a student's process left, or is changing: seen, and never followed."""

from __future__ import annotations

import os

import pytest

from autograder.errors import SubmissionError
from autograder.sandbox.leftovers import remove_tree
from autograder.student import folders
from autograder.student.folders import Contents, contents


def test_names_of_the_entries_and_bytes_of_all_files(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "deep").write_bytes(b"x" * 10)
    (tmp_path / "a").write_bytes(b"x" * 5)
    assert contents(tmp_path) == Contents(("a", "b"), 15)


def test_an_empty_folder_holds_nothing(tmp_path):
    assert contents(tmp_path) == Contents((), 0)


def test_links_pipes_and_odd_names_are_no_bytes(tmp_path):
    (tmp_path / "up").symlink_to("/usr")
    (tmp_path / "me").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / os.fsdecode(b"\xff")).touch()
    found = contents(tmp_path)
    assert found.size == 0
    assert found.names == ("me", "pipe", "up", "?")


def test_a_sparse_file_does_no_harm(tmp_path):
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**40)
    assert contents(tmp_path).size == 2**40


def test_a_thousand_levels_are_not_gone_down(tmp_path):
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    with pytest.raises(SubmissionError, match="folders that lie more than 400 deep"):
        contents(tmp_path)
    remove_tree(tmp_path / "d")  # which pytest could not
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("spoiled", ["gone", "link", "file", "pipe"])
def test_what_is_no_folder_any_more_is_the_students_mistake(tmp_path, spoiled):
    folder = tmp_path / "saved"
    if spoiled == "link":
        folder.symlink_to("/usr")
    if spoiled == "file":
        folder.touch()
    if spoiled == "pipe":
        os.mkfifo(folder)
    with pytest.raises(SubmissionError, match="The folder that save was given is gone"):
        contents(folder)


def test_too_many_files_are_the_students_mistake(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "MOST_FILES", 10)
    for number in range(10):
        (tmp_path / str(number)).touch()
    assert len(contents(tmp_path).names) == 10
    (tmp_path / "one more").touch()
    with pytest.raises(SubmissionError, match="more than 10 files"):
        contents(tmp_path)
