"""Stubs on disk, and how far they are from their master sources."""

from pathlib import Path

import pytest

from autograder.assignment import load
from autograder.errors import AssignmentError
from autograder.release import drift, stub_files, write_stubs

MASTER = (
    "def f():\n    ### BEGIN SOLUTION\n    ### STUB: raise NotImplementedError\n    return 1\n    ### END SOLUTION\n"
)
STUB = "def f():\n    raise NotImplementedError\n"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folders(tmp_path):
    solutions, assignment = tmp_path / "solutions", tmp_path / "assignment"
    solutions.mkdir()
    assignment.mkdir()
    (solutions / "keras_m.py").write_text(MASTER)
    (solutions / "torch_m.py").write_text(MASTER.replace("1", "2"))
    return solutions, assignment


MODULES = ("keras_m", "torch_m")


def test_stubs_are_written_once(folders):
    solutions, assignment = folders
    assert stub_files(solutions, MODULES) == {"keras_m.py": STUB, "torch_m.py": STUB}
    assert write_stubs(solutions, MODULES, assignment) == [assignment / "keras_m.py", assignment / "torch_m.py"]
    assert write_stubs(solutions, MODULES, assignment) == []
    assert (assignment / "keras_m.py").read_text() == STUB
    assert drift(solutions, MODULES, assignment) == []


def test_drift_is_shown_line_by_line(folders):
    solutions, assignment = folders
    write_stubs(solutions, MODULES, assignment)
    (assignment / "keras_m.py").write_text(STUB.replace("raise", "pass  # raise"))
    (assignment / "torch_m.py").unlink()
    edited, missing = drift(solutions, MODULES, assignment)
    assert f"{assignment / 'keras_m.py'} differs from its master source: run `autograder stubs assignment`; " in edited
    assert "\n-    pass  # raise NotImplementedError\n+    raise NotImplementedError" in edited
    assert missing == f"{assignment / 'torch_m.py'} is missing: run `autograder stubs assignment`"


def test_line_ends_count(folders):
    solutions, assignment = folders
    write_stubs(solutions, MODULES, assignment)
    (assignment / "keras_m.py").write_bytes(STUB.replace("\n", "\r\n").encode())
    assert len(drift(solutions, MODULES, assignment)) == 1


def test_nothing_is_written_where_one_master_is_wrong(folders):
    solutions, assignment = folders
    (solutions / "torch_m.py").write_text("x = 1\n")
    with pytest.raises(AssignmentError, match=r"torch_m\.py: has no '### BEGIN SOLUTION'"):
        write_stubs(solutions, MODULES, assignment)
    (solutions / "torch_m.py").write_bytes(b"\xff")
    with pytest.raises(AssignmentError, match="isn't UTF-8"):
        write_stubs(solutions, MODULES, assignment)
    (solutions / "torch_m.py").unlink()
    with pytest.raises(AssignmentError, match=r"torch_m\.py: the source can't be read"):
        write_stubs(solutions, MODULES, assignment)
    assert list(assignment.iterdir()) == []


@pytest.mark.parametrize(
    "folder", sorted(f.parent for f in ROOT.glob("assignments/*/assignment.toml")), ids=lambda f: f.name
)
def test_the_course_s_own_masters_give_stubs(folder):
    modules = load(folder).modules.values()
    for text in stub_files(ROOT / "solutions" / folder.name, modules).values():
        assert "NotImplementedError" in text
        assert "SOLUTION" not in text


TASK = (
    'def g():\n    """G.\n\n    Task 1.1, about 1 line.\n    """\n    ### BEGIN SOLUTION\n'
    '    ### STUB: raise NotImplementedError("Task 1.1: g")\n    return 1\n    ### END SOLUTION\n'
)


def test_a_task_that_is_announced_but_not_marked_is_refused(folders):
    solutions, assignment = folders
    whole = "".join(line for line in TASK.splitlines(keepends=True) if "###" not in line)
    (solutions / "keras_m.py").write_text(MASTER + whole)
    with pytest.raises(AssignmentError, match=r"keras_m\.py:6: `g` announces task 1\.1, but no solution is marked"):
        write_stubs(solutions, MODULES, assignment)
    assert list(assignment.iterdir()) == []


def test_a_function_pasted_over_its_markers_is_refused(folders):
    solutions, assignment = folders
    (solutions / "keras_m.py").write_text(MASTER + TASK)
    write_stubs(solutions, MODULES, assignment)
    (solutions / "keras_m.py").write_text(MASTER + "def g():\n    return 1\n")
    with pytest.raises(AssignmentError, match=r"it lacks 'g', so students would get that part whole"):
        write_stubs(solutions, MODULES, assignment)
    assert "Task 1.1" in (assignment / "keras_m.py").read_text()
