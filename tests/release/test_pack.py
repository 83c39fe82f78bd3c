"""What a student packs is what Gradescope takes; what would fail there is told before."""

from __future__ import annotations

import zipfile

import pytest

from autograder.assignment import load
from autograder.errors import AssignmentError, SubmissionError
from autograder.intake import open_submission
from autograder.release.imports import installed_there
from autograder.release.pack import pack

GOOD = "import numpy as np\n\n\ndef build_model():\n    return np\n"


@pytest.fixture
def folder(mini):
    """An assignment's folder with both modules written."""
    for name in ("keras_mini.py", "torch_mini.py"):
        (mini.assignment / name).write_text(GOOD)
    return mini.assignment


def packed(folder):
    return pack(load(folder), folder, folder / "out.zip")


def refusal(folder) -> str:
    with pytest.raises(SubmissionError) as caught:
        packed(folder)
    assert not (folder / "out.zip").exists()
    said = str(caught.value)
    assert said.startswith("Not packed, since this would fail:\n- ")
    return said


def test_the_modules_and_nothing_else(folder, tmp_path):
    (folder / "notes.txt").write_text("mine")
    done = packed(folder)
    with zipfile.ZipFile(done.path) as archive:
        assert archive.namelist() == ["keras_mini.py", "torch_mini.py"]
    assert done.sizes == {"keras_mini.py": len(GOOD), "torch_mini.py": len(GOOD)}
    assert done.warnings == ()
    opened = open_submission(done.path, tmp_path / "opened", limits=load(folder).limits)
    assert [opened.module_problem(name) for name in ("keras_mini", "torch_mini")] == [None, None]


def test_packing_again_replaces_the_zip_and_is_the_same(folder):
    first = packed(folder).path.read_bytes()
    assert packed(folder).path.read_bytes() == first
    (folder / "keras_mini.py").write_text(GOOD + "x = 1\n")
    assert packed(folder).path.read_bytes() != first


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("keras_mini (1).py", "Did you mean keras_mini (1).py? Rename it to keras_mini.py"),
        ("Keras-Mini.py", "Did you mean Keras-Mini.py? Rename it to keras_mini.py"),
        ("keras_mini.py.txt", "Did you mean keras_mini.py.txt? Rename it"),
        ("keras_mini.ipynb", "export it as a Python script named keras_mini.py"),
        ("src/keras_mini.py", "Move it to the top"),
        ("unlike.py", "keras_mini.py is missing."),
    ],
)
def test_a_module_under_another_name(folder, name, hint):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / "keras_mini.py").rename(folder / name)
    said = refusal(folder)
    assert hint in said
    assert "torch_mini" not in said.replace(hint, "").partition("Hand in")[0].partition("`autograder pack --yes`")[0]


def test_both_missing_are_told_at_once(folder):
    for name in ("keras_mini.py", "torch_mini.py"):
        (folder / name).unlink()
    said = refusal(folder)
    assert "keras_mini.py is missing." in said
    assert "torch_mini.py is missing." in said


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(:\n    pass\n", "keras_mini.py, line 1: invalid syntax: def f(:. Python can't read the file."),
        ("x = 1\nreturn x\n", "keras_mini.py, line 2: 'return' outside function"),
        ("  \n", "keras_mini.py is empty."),
        (b"x = '\xff'\n", "keras_mini.py can't be read as text. A byte in line 1 is not UTF-8"),
        ('{"nbformat": 4, "cells": []}', "It is a notebook."),
        ("import pandas_of_mine\n", "line 1: imports pandas_of_mine, which is neither handed in nor installed"),
        (
            "def f():\n    from helper.more import x\n",
            "line 2: imports helper, which is neither handed in nor installed",
        ),
        ("from . import torch_mini\n", "line 1: a relative import."),
        ("import pytest_of_mine.x as y\n", "imports pytest_of_mine"),
        (
            "x = '" + "a" * 1_100_000 + "'\n",
            "The modules are larger than 1 MB: keras_mini.py has 1.1 MB, torch_mini.py",
        ),
    ],
)
def test_what_would_fail_there(folder, source, said):
    data = source if isinstance(source, bytes) else source.encode()
    (folder / "keras_mini.py").write_bytes(data)
    assert said in refusal(folder)


def test_a_file_beside_the_modules_is_not_handed_in_and_so_can_not_be_imported(folder):
    (folder / "helper.py").write_text("x = 1\n")
    (folder / "torch_mini.py").write_text("import helper\n")
    assert "torch_mini.py, line 1: imports helper, which is neither handed in" in refusal(folder)


@pytest.mark.parametrize(
    "harmless",
    [
        "import json, collections.abc\nfrom pathlib import Path\n",
        "import keras\nfrom tensorflow import data\nfrom keras import layers\n",
        "import numpy.linalg\nimport h5py\n",
        "try:\n    import cupy_of_mine\nexcept ImportError:\n    cupy_of_mine = None\n",
        "from keras_mini import x\nimport torch_mini\n",
        "from __future__ import annotations\n",
    ],
)
def test_imports_that_are_there(folder, harmless):
    (folder / "keras_mini.py").write_text(harmless)
    assert packed(folder).warnings == ()


def test_the_other_framework_is_only_doubtful(folder):
    (folder / "keras_mini.py").write_text("import torch\n")
    (warning,) = packed(folder).warnings
    assert warning.startswith("keras_mini.py, line 1: imports torch, but this is the other framework's model.")


def test_what_is_not_written_yet_is_pointed_out(folder):
    method = 'class A:\n def f():\n  raise NotImplementedError("Task 1.2: encode")\n'
    stub = f"{method}\ndef g():\n  raise NotImplementedError\n"
    (folder / "torch_mini.py").write_text(stub)
    assert packed(folder).warnings == (
        "torch_mini.py, line 3: not written yet (Task 1.2: encode).",
        "torch_mini.py, line 6: not written yet.",
    )


def test_another_state_of_a_module_is_pointed_out(folder):
    (folder / "keras_mini (1).py").write_text(GOOD)
    (folder / "checks" / "keras_mini.py").write_text(GOOD)
    assert packed(folder).warnings == (
        "keras_mini (1).py lies beside keras_mini.py and is not handed in: is keras_mini.py the one that counts?",
    )


def test_all_that_is_wrong_is_told_at_once(folder):
    (folder / "keras_mini.py").unlink()
    (folder / "torch_mini.py").write_text("import nothing_a\nimport nothing_b\n")
    said = refusal(folder)
    assert said.count("\n- ") == 3
    assert all(word in said for word in ("keras_mini.py is missing", "nothing_a", "nothing_b"))


def test_only_what_the_framework_needs_counts_as_installed():
    """A student's machine, as a developer's, has much more."""
    there = installed_there()
    assert {"numpy", "keras", "torch", "h5py"} <= there
    assert not {"hypothesis", "sklearn", "mypy", "ruff"} & there  # of the project's tests


def test_a_zip_that_can_not_be_written(folder):
    (folder / "file").write_text("")
    with pytest.raises(AssignmentError, match="can't be written"):
        pack(load(folder), folder, folder / "file" / "out.zip")
