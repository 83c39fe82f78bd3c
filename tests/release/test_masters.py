"""Master sources that are put together from parts."""

from __future__ import annotations

import pytest

from autograder.errors import AssignmentError
from autograder.release import master_sources, write_modules
from autograder.release.masters import whole

PART = '"""A part."""\n\nimport numpy\n\n### BEGIN PART\n\n\ndef f():\n    return numpy\n'


@pytest.fixture
def master(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "f.py").write_text(PART)
    file = tmp_path / "own" / "m.py"
    file.parent.mkdir()
    file.write_text('"""A master."""\n\nimport numpy\n\n\n### PART: ../parts/f.py\n\n\nx = f()\n')
    return file


def test_a_part_takes_the_place_of_its_line(master):
    text = '"""A master."""\n\nimport numpy\n\n\ndef f():\n    return numpy\n\n\nx = f()\n'
    assert whole(master) == text
    assert master_sources(master.parent, ["m"]) == {"m.py": text}


def test_written_modules_are_whole(master, tmp_path):
    folder = write_modules(master_sources(master.parent, ["m"]), tmp_path / "new")
    assert (folder / "m.py").read_text() == whole(master)


def test_a_part_that_is_not_there(master):
    (master.parent.parent / "parts" / "f.py").unlink()
    with pytest.raises(AssignmentError, match=r"m\.py:6: there is no part .*f\.py"):
        whole(master)


def test_a_part_that_does_not_say_where_it_begins(master):
    (master.parent.parent / "parts" / "f.py").write_text("def f(): ...\n")
    with pytest.raises(AssignmentError, match="has no line '### BEGIN PART'"):
        whole(master)


@pytest.mark.parametrize(("content", "says"), [(None, "can't be read"), (b"\xff", "isn't UTF-8")])
def test_a_master_that_cannot_be_read(tmp_path, content, says):
    if content is not None:
        (tmp_path / "m.py").write_bytes(content)
    with pytest.raises(AssignmentError, match=says):
        whole(tmp_path / "m.py")


def test_what_does_not_compile_is_named_as_its_author_sees_it(master):
    master.write_text(master.read_text() + "y = = 1\n")
    with pytest.raises(AssignmentError, match=r"own/m\.py:10: the master source doesn't compile: invalid syntax"):
        master_sources(master.parent, ["m"])
    (master.parent.parent / "parts" / "f.py").write_text(PART.replace("return numpy", "return = numpy"))
    with pytest.raises(AssignmentError, match=r"parts/f\.py:9: the master source doesn't compile: invalid syntax"):
        whole(master)
