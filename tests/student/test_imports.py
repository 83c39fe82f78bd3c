"""A module that can't be imported: which file, which line, what to do."""

from __future__ import annotations

import pytest

from autograder.assignment import Limits
from autograder.blueprint import Framework
from autograder.errors import Finding, SubmissionError
from autograder.student.handle import Student, Submission

# Source, and words of message, advice and details.
BROKEN = {
    "a colon that is missing": (
        "x = 1\n\ndef f()\n    pass\n",
        "Python can't read work.py, line 3: expected ':'|",
        "py_compile",
        "def f()",
    ),
    "an indent that is missing": (
        "def f():\npass\n",
        "Python can't read work.py, line 2: expected an indented",
        "",
        "pass",
    ),
    "tabs and spaces": ("if 1:\n        x = 1\n\ty = 2\n", "Python can't read work.py, line 3", "", ""),
    "a bracket left open": ("x = (1,\n", "Python can't read work.py, line 1: '(' was never closed", "", "x = (1,"),
    "a package that is not there": (
        "import torchnlp.encoders\n",
        "Your file imports 'torchnlp', which is not installed where it is graded.",
        "standard library",
        "work.py, line 1, in <module>",
    ),
    "the grader's own answers": (
        "from autograder.datasets.text import build_vocabulary, encode\n",
        "Your file imports 'autograder.datasets', which is not installed where it is graded.",
        "standard library",
        "work.py, line 1, in <module>",
    ),
    "a name that a module hasn't": (
        "from math import sine\n",
        "raised ImportError: cannot import name 'sine'",
        "",
        "line 1",
    ),
    "a name at import": ("y = undefined\n", "raised NameError: name 'undefined'", "", "work.py, line 1, in <module>"),
    "an assertion": ("assert 1 == 2, 'odd'\n", "raised AssertionError: odd", "", ""),
    "an end": ("import sys\nsys.exit('bye')\n", "your code ended the program (SystemExit)", "Remove calls", "line 2"),
    "a stub": ("raise NotImplementedError('Task 1')\n", "Task 1 is not written yet.", "", ""),
    "a crash": ("import os; os._exit(9)\n", "exited by itself with status 9", "", ""),
    "a module that imports itself": (
        "from work import nothing\n",
        "raised ImportError: cannot import name 'nothing'",
        "",
        "",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_an_import_that_fails_says_why(submit, case):
    source, message, advice, details = BROKEN[case]
    served = submit(source)
    with pytest.raises(SubmissionError) as caught:
        served.worker()
    finding = caught.value.finding
    assert message in f"{finding.message}|"  # a bar is its end
    assert "/" not in finding.message
    assert advice in finding.advice
    assert details in finding.found + finding.details


def test_the_file_at_fault_may_be_another_than_the_module(submit):
    served = submit({"work.py": "import helper\n", "helper.py": "\n\nx = = 1\n"})
    with pytest.raises(SubmissionError, match=r"Python can't read helper\.py, line 3: invalid syntax"):
        served.worker()


def test_an_import_that_never_ends_is_stopped(submit):
    with pytest.raises(SubmissionError, match=r"While importing work\.py, your code was stopped"):
        submit("while True: pass", import_seconds=0.5).worker()


def test_an_import_that_failed_is_not_tried_again(submit):
    served = submit("import os\nprint('tried')\nraise ValueError('once')")
    errors = []
    for _ in range(3):
        with pytest.raises(SubmissionError) as caught:
            served.build_vocabulary(["x"], 1)
        errors.append(caught.value)
    assert errors[0] is errors[1] is errors[2]
    served.end()
    assert served.printed() == "tried\n"


def test_what_intake_found_unusable_is_not_started_at_all(plain, tmp_path):
    finding = Finding("work.py is missing.")
    submission = Submission(tmp_path, {plain.framework: "work"}, {plain.framework: finding})
    student = Student(submission, {plain.framework: plain}, Limits())
    with pytest.raises(SubmissionError) as caught:
        student.module(Framework.TORCH).worker()
    assert caught.value.finding is finding
    assert student.sandbox() == ()
    student.close()


def test_a_file_that_is_not_there_is_said_too(submit):
    with pytest.raises(SubmissionError, match=r"importing work\.py.*FileNotFoundError"):
        submit({"other.py": ""}).worker()


def test_who_imports_another_package_is_told_which_there_are(plain, tmp_path):
    (tmp_path / "work.py").write_text("import pandas_of_mine\n")
    student = Student(
        Submission(tmp_path, {plain.framework: "work"}, packages=("safetensors", "tqdm")),
        {plain.framework: plain},
        Limits(),
    )
    try:
        with pytest.raises(SubmissionError) as caught:
            student.module(plain.framework).worker()
    finally:
        student.close()
    said = caught.value.finding.advice
    assert said == "Use NumPy, the standard library, the file's own framework, safetensors and tqdm only."
