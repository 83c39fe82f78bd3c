"""Further packages that students may import: in the lock, in what is released, and told to those who import others."""

from __future__ import annotations

import sys

import pytest

from autograder.assignment import load
from autograder.errors import AssignmentError
from autograder.release import channels
from autograder.release.bundles import File
from autograder.release.imports import import_problems, installed_there
from autograder.release.packages import must_be_installed, pinned

WHEEL = ("autograder-0-py3-none-any.whl", File(b"wheel"))


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "requirements.lock").write_text("# made\nsafetensors==0.7.0\nh5py==3.14.0\nscikit-learn==1.9.0\n")
    (folder / "pyproject.toml").write_text(
        '[dependency-groups]\ncourses = ["safetensors>=0.5"]\ndev = ["scikit-learn"]\n'
    )
    return folder


@pytest.fixture
def wanting(mini):
    """The assignment with these packages."""

    def wanting(*names: str):
        file = mini.assignment / "assignment.toml"
        file.write_text(f"packages = {list(names)}\n".replace("'", '"') + file.read_text())
        return load(mini.assignment)

    return wanting


def test_without_the_key_there_are_none(mini, project):
    assert pinned(load(mini.assignment), project) == []


def test_the_locks_versions_are_taken_whatever_the_spelling(wanting, project):
    assert pinned(wanting("SafeTensors", "h5py"), project) == ["safetensors==0.7.0", "h5py==3.14.0"]


@pytest.mark.parametrize("name", ["tqdm", "scikit-learn"])  # not there; there for the project's own tests alone
def test_a_package_that_students_would_not_have_is_refused_with_what_to_do(wanting, project, name):
    with pytest.raises(AssignmentError) as caught:
        pinned(wanting(name), project)
    said = str(caught.value)
    assert f"assignment.toml:1: requirements.lock has no version of {name} for students" in said
    assert f'Add "{name}" to the group `courses`' in said
    assert "`make lock`" in said


@pytest.mark.parametrize("name", ["safetensors==0.7.0", "safe tensors", "", "-r file"])
def test_a_name_is_a_name(wanting, name):
    with pytest.raises(AssignmentError, match=r"packages.*must be a package's name alone"):
        wanting(name)


def test_a_machine_without_the_package_grades_nobody(wanting):
    with pytest.raises(AssignmentError, match="students may import nothing-of-the-kind, but it isn't installed here"):
        must_be_installed(wanting("numpy", "nothing-of-the-kind"))


def test_gradescope_and_classroom_50_install_them(project):
    held = channels.installable(project, WHEEL, ["safetensors==0.7.0"])
    assert held["packages.txt"].data == b"safetensors==0.7.0\n"
    assert "packages.txt" not in channels.installable(project, WHEEL, [])


def test_packing_knows_what_an_assignment_allows():
    import ast

    tree = ast.parse("import sklearn\n")
    wrong, _ = import_problems("a.py", tree, set(), frozenset(), {})
    assert "imports sklearn, which is neither handed in nor installed" in wrong[0]
    assert import_problems("a.py", tree, set(), frozenset(), {}, ("scikit-learn",)) == ([], [])
    wrong, _ = import_problems("a.py", ast.parse("import pandas\n"), set(), frozenset(), {}, ("scikit-learn",))
    assert "Use NumPy, the standard library, the file's own framework and scikit-learn." in wrong[0]
    assert "sklearn" not in installed_there()
    assert "pandas" not in sys.modules
