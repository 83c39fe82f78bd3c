"""What a student is told besides verdicts: the page, hints, what was probably meant, what fails at hand-in."""

from __future__ import annotations

import re
import shutil
import zipfile

import pytest

from autograder.release.passages import passage, places
from autograder.report import CheckResult

HANDOUT = """# A model

## Task 1: Words

All of it.

## Task 2: The model

Sizes are arguments.

**`build_model(*, n)`** builds.

**`predict(model, x)`** predicts.
It says no more.

<!-- checks:begin -->

## Task 3: Training
"""


@pytest.fixture
def desk(mini):
    """A student's folder in which all is right."""
    for file in mini.submit().iterdir():
        shutil.copy(file, mini.assignment)
    return mini.assignment


# -- hints


def test_a_check_that_names_a_function_gets_its_paragraphs():
    heading, said = passage(HANDOUT, "2", [CheckResult("2.5", "predict gives the model's logits.")])
    assert heading == "Task 2: The model"
    assert said == "**`predict(model, x)`** predicts.\nIt says no more."


def test_another_check_gets_its_tasks_passage():
    _, said = passage(HANDOUT, "2", [CheckResult("2.2", "It has 3 parameters.")])
    assert said.startswith("Sizes are arguments.")
    assert said.endswith("It says no more.")
    assert passage(HANDOUT, "4", [CheckResult("4.1", "n")]) == ("", "")


def test_where_a_stub_speaks_of_a_check_or_of_what_it_rests_on():
    stubs = {"a.py": "x\n    Task 2.1, about 6 lines: layers\n", "b.py": "# Task 2.10: no\n"}
    assert places(stubs, "2.1") == ["a.py, line 2"]
    assert places(stubs, "2.3") == ["a.py, line 2"]
    assert places(stubs, "1.1") == []


def test_a_hint_grades_nothing(autograder, cnn):
    done = autograder("check", "--hint", "2.5", cwd=cnn.assignment)
    assert done.code == 0
    assert "Task 2: The model 2.5 predict gives the model's logits, without dropout." in done.out
    assert "returns the logits as a float32 array" in done.out
    assert "build_model(*" not in done.out
    assert "In your files: keras_text_cnn.py, line" in done.out
    assert done.out.endswith("autograder check --only 2.5 --watch")
    assert "there is no check 2.55; did you mean 2.5?" in autograder("check", "--hint", "2.55", cwd=cnn.assignment).err


# -- what was probably meant


def test_a_number_or_a_file_in_the_folders_place(autograder, desk):
    done = autograder("check", "1.2", cwd=desk)
    assert (done.code, done.err) == (
        2,
        "Can't go on: 1.2 is no folder. The check 1.2 alone is autograder check --only 1.2",
    )
    for command in ("check", "pack"):
        done = autograder(command, "torch_mini.py", cwd=desk)
        assert done.err.endswith(f"name the folder that it lies in autograder {command}")
        assert autograder(command, "mini/torch_mini.py", cwd=desk.parent).err.endswith(f"autograder {command} mini")


def test_the_version(autograder, tmp_path):
    done = autograder("--version", cwd=tmp_path)
    assert done.code == 0
    assert re.fullmatch(r"autograder \d+\.\d+\.\d+\S*", done.out)


# -- the page


def test_check_leaves_a_page_that_nobody_packs(autograder, desk):
    done = autograder("check", cwd=desk)
    assert "As a page, with figures: .autograder/report.html" in done.out
    assert "<!doctype html>" in (desk / ".autograder" / "report.html").read_text().lower()
    assert (desk / ".autograder" / ".gitignore").read_text() == "*\n"
    assert autograder("pack", cwd=desk).code == 0
    with zipfile.ZipFile(desk / "mini-submission.zip") as archive:
        assert archive.namelist() == ["keras_mini.py", "torch_mini.py"]


def test_the_page_elsewhere_and_opened(autograder, desk, monkeypatch):
    opened = []
    monkeypatch.setattr("typer.launch", opened.append)
    done = autograder("check", "--only", "1.1", "--html", "page.html", "--open", cwd=desk)
    assert done.code == 0
    assert opened == ["page.html"]
    assert (desk / "page.html").is_file()
    (desk / "file").write_text("")
    done = autograder("check", "--html", "file/page.html", cwd=desk)
    assert done.code == 2
    assert "the page file/page.html can't be written" in done.err
    assert "Task 1" not in done.out


# -- hand-in


def test_check_tells_in_packs_words_what_would_fail_at_hand_in(autograder, desk):
    (desk / "helper.py").write_text("x = 1\n")
    (desk / "torch_mini.py").write_text("import helper\n" + (desk / "torch_mini.py").read_text())
    told = autograder("check", cwd=desk)
    refused = autograder("pack", cwd=desk)
    assert (told.code, refused.code) == (1, 1)
    said = "- torch_mini.py, line 1: imports helper, which is neither handed in nor installed where this is graded:"
    assert said in told.out
    assert said in refused.err
    assert "All that can be checked here is right" not in told.out


@pytest.mark.parametrize("helpers", ["true", '["helper", "more"]'])
def test_an_assignment_may_let_students_split_their_code(autograder, results, mini, desk, helpers):
    mini.change("assignment.toml", "points = 20", f"points = 20\nhelpers = {helpers}")
    (desk / "helper.py").write_text("import more\n")
    (desk / "more.py").write_text("x = 1\n")
    (desk / "unused.py").write_text("x = 1\n")
    for name in ("keras_mini.py", "torch_mini.py"):
        (desk / name).write_text("import helper\n" + (desk / name).read_text())
    assert autograder("check", cwd=desk).code == 0
    assert autograder("pack", cwd=desk).code == 0
    with zipfile.ZipFile(desk / "mini-submission.zip") as archive:
        assert archive.namelist() == ["helper.py", "keras_mini.py", "more.py", "torch_mini.py"]
    done = autograder(
        *("grade", desk / "mini-submission.zip", "--assignment", "mini", "--out", mini.top / "out"), cwd=mini.top
    )
    assert done.code == 0
    assert results(mini.top / "out")["score"] == 20


def test_names_of_helpers_that_are_none(autograder, mini, desk):
    mini.change("assignment.toml", "points = 20", 'points = 20\nhelpers = ["helper.py"]')
    assert "helpers: must be the name of a Python module without .py" in autograder("pack", cwd=desk).err


@pytest.mark.parametrize("broken", [None, "def f(:\n"])
def test_a_single_finished_file_is_packed_when_asked_to(autograder, desk, monkeypatch, broken):
    (desk / "keras_mini.py").unlink()
    if broken:
        (desk / "keras_mini.py").write_text(broken)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    done = autograder("pack", cwd=desk)
    assert done.code == 1
    assert done.err.endswith(
        "`autograder pack --yes` packs torch_mini.py alone, which is graded; the points of the other file are lost "
        "then."
    )
    assert not (desk / "mini-submission.zip").exists()
    assert autograder("pack", "--yes", cwd=desk).code == 0
    with zipfile.ZipFile(desk / "mini-submission.zip") as archive:
        assert archive.namelist() == ["torch_mini.py"]


@pytest.mark.parametrize(("answer", "code"), [(True, 0), (False, 1)])
def test_in_a_terminal_it_asks(autograder, desk, monkeypatch, answer, code):
    (desk / "keras_mini.py").unlink()
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", lambda _: answer)
    assert autograder("pack", cwd=desk).code == code
    assert (desk / "mini-submission.zip").exists() is answer
