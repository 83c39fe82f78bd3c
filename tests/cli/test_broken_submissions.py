"""What students hand in when something went wrong: each is graded to its end, and told what to do."""

from __future__ import annotations

import io
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from autograder.blueprint import Framework

RIGHT = "def build_vocabulary(texts, max_tokens):\n    return ['right']\n"


@dataclass(frozen=True)
class Broken:
    """A submission with PyTorch's module broken, and what has to be said of it."""

    torch: str | bytes | None
    says: str


MODULES = {
    "a syntax error": Broken("def build_vocabulary(texts, max_tokens)\n    return []\n", "torch_mini.py, line 1"),
    "an indentation error": Broken("def f():\nreturn 1\n", "torch_mini.py, line 2"),
    "a package that is not installed": Broken(f"import a_package_of_my_own\n\n{RIGHT}", "'a_package_of_my_own'"),
    "a file that was not handed in": Broken(f"from helpers import words\n\n{RIGHT}", "'helpers'"),
    "an endless loop": Broken(f"while True:\n    pass\n\n{RIGHT}", "had not finished after 3 seconds"),
    "an exit": Broken(f"import sys\n\nsys.exit(0)\n{RIGHT}", "ended the program (SystemExit)"),
    "an end of the process": Broken(f"import os\n\nos._exit(0)\n{RIGHT}", "exited by itself with status 0"),
    "a missing file": Broken(None, "torch_mini.py is missing."),
    "an empty file": Broken("", "torch_mini.py is empty."),
    "UTF-16": Broken(RIGHT.encode("utf-16"), "The file is encoded as UTF-16."),
    "Latin-1": Broken(RIGHT.encode() + "# grüße\n".encode("latin-1"), "A byte in line 3 is not UTF-8"),
    "a notebook": Broken('{"nbformat": 4, "cells": []}', "It is a notebook."),
    "no functions": Broken("x = 1\n", "torch_mini.py has no function build_vocabulary"),
    "other arguments": Broken(
        RIGHT.replace("texts, max_tokens", "texts"), "takes 1 positional argument but 2 were given"
    ),
    "an odd answer": Broken(RIGHT.replace("['right']", "7"), "a list of words was expected, not int"),
    "an exception": Broken(RIGHT.replace("['right']", "[][1]"), "your code raised IndexError"),
    "a stub": Broken(
        RIGHT.replace("return ['right']", "raise NotImplementedError('Task 1.1: words')"),
        "Task 1.1: words is not written yet.",
    ),
    "a flood of text": Broken("print('x' * 5_000_000)\n" + RIGHT.replace("['right']", "7"), "not int"),
    "a child that stays": Broken(
        "import os, time\n\nif os.fork() == 0:\n    time.sleep(600)\n" + RIGHT.replace("right", "wrong"),
        "A secret",
    ),
}


@pytest.fixture
def grade(mini, autograder, results, grader, tmp_path):
    """Grade this path, and check all that holds for every submission."""
    mini.change("assignment.toml", "import_seconds = 60", "import_seconds = 3")

    def grade(path: Path, *more: str):
        out = tmp_path / "out"
        done = autograder("grade", path, "--out", out, "--assignment", "mini", "--seed", "1", *more, cwd=mini.top)
        found = results(out)
        assert found["extra_data"]["complete"]
        assert {"results.json", "report.json", "report.html"} == {file.name for file in out.iterdir()}
        assert "Traceback" not in done.out + done.err
        for framework in Framework:  # nothing of it is left running
            assert psutil.Process(grader._zygotes[framework]._process.pid).children(recursive=True) == []
        return done, found

    return grade


def outcomes(found, label: str) -> set[str]:
    return {test["extra_data"]["outcome"] for test in found["tests"] if f"({label})" in test["name"]}


def everything(found) -> str:
    return " ".join(" ".join(test["output"].split()) for test in found["tests"])


@pytest.mark.parametrize("name", MODULES)
def test_a_broken_module_leaves_the_other_framework_graded(grade, mini, name):
    broken = MODULES[name]
    folder = mini.submit()
    if broken.torch is None:
        (folder / "torch_mini.py").unlink()
    else:
        text = broken.torch if isinstance(broken.torch, bytes) else broken.torch.encode()
        (folder / "torch_mini.py").write_bytes(text)
    done, found = grade(folder, "--only", "1")
    assert done.code == 1
    assert outcomes(found, "Keras") == {"passed"}
    assert "passed" not in outcomes(found, "PyTorch")
    assert broken.says in everything(found)
    assert broken.says in done.out
    assert broken.torch is not None or found["output"].startswith(broken.says)
    assert not found["extra_data"]["needs_regrading"]


def test_a_folder_in_the_place_of_a_module(grade, mini):
    folder = mini.submit()
    (folder / "torch_mini.py").rename(folder / "words.py")
    (folder / "torch_mini.py").mkdir()
    (folder / "words.py").rename(folder / "torch_mini.py" / "words.py")
    done, found = grade(folder, "--only", "1")
    assert done.code == 1
    assert "A folder of that name: torch_mini.py/" in everything(found)
    assert outcomes(found, "Keras") == {"passed"}


def test_a_submission_that_uses_up_all_its_time_is_graded_to_its_end(grade, mini):
    mini.change("assignment.toml", "call_seconds = 60", "call_seconds = 4\nfit_seconds = 4")
    mini.change("assignment.toml", "total_seconds = 300", "total_seconds = 5")
    done, found = grade(mini.submit(torch=f"import time\n\n{RIGHT}".replace("return", "time.sleep(3)\n    return")))
    assert done.code == 1
    assert "passed" in outcomes(found, "Keras")
    assert "The time for grading this submission (0 minutes) was used up before this check." in everything(found)


def test_what_does_not_end_is_waited_for_once(grade, mini):
    mini.change("assignment.toml", "call_seconds = 60", "call_seconds = 2\nfit_seconds = 2")
    done, found = grade(mini.submit(torch=RIGHT.replace("return ['right']", "while True: pass")))
    assert done.code == 1
    assert "had not finished after 2 seconds" in everything(found)
    assert outcomes(found, "PyTorch") == {"failed", "skipped"}


# -- what can't be opened at all


def zipped(**files: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/"), text)
    return stream.getvalue()


def link() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo("torch_mini.py")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return stream.getvalue()


ARCHIVES = {
    "an empty zip": (zipped(), "holds no files"),
    "a zip that climbs": (zipped(**{"..__..__keras_mini.py": RIGHT}), ".."),
    "a zip with an absolute path": (zipped(**{"__etc__cron.d__x": RIGHT}), "/etc/cron.d/x"),
    "a bomb": (zipped(**{"keras_mini.py": "#" * 40_000_000}), "would grow from"),
    "a link": (link(), "link"),
    "a text": (b"Here is my homework.", "is not a zip archive."),
    "nothing": (b"", "It has no content"),
    "a RAR archive": (b"Rar!\x1a\x07\x01\x00" + b"x" * 50, "It is a RAR archive."),
    "half a zip": (zipped(**{"keras_mini.py": RIGHT})[:60], "The archive is damaged."),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_that_cannot_be_opened_says_so_once(grade, mini, tmp_path, name):
    data, says = ARCHIVES[name]
    path = tmp_path / "submission.zip"
    path.write_bytes(data)
    before = set(tmp_path.rglob("*"))
    done, found = grade(path)
    first, *others = found["tests"]
    assert done.code == 1
    assert found["score"] == 0
    assert found["output"].startswith(first["output"].splitlines()[0])
    assert "verified" not in everything(found) + found["output"]
    assert first["extra_data"]["outcome"] == "failed"
    assert says in first["output"]
    assert {test["extra_data"]["outcome"] for test in others} == {"skipped"}
    assert all("could not be opened" in test["output"] for test in others)
    assert {file for file in set(tmp_path.rglob("*")) - before if "out" not in file.parts} == set()


def test_an_empty_folder(grade, tmp_path):
    (tmp_path / "empty").mkdir()
    done, found = grade(tmp_path / "empty")
    assert done.code == 1
    assert "holds no files" in everything(found)


def test_a_good_zip_is_graded_as_its_folder_is(grade, mini, tmp_path):
    path = tmp_path / "submission.zip"
    path.write_bytes(zipped(**{"my homework__keras_mini.py": RIGHT, "my homework__torch_mini.py": RIGHT}))
    done, found = grade(path)
    assert (done.code, found["score"]) == (0, 20)
