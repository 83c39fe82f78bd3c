"""Words for the student, and values that are checked: the small functions by themselves."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.errors import SubmissionError
from autograder.student import failures, values


def said(kind: str, text: str = "", **more) -> str:
    frame = {"file": "work.py", "line": 1, "function": "predict", "code": f"raise {kind}"}
    finding = failures.raised({"type": kind, "text": text, "frames": [frame], **more}, "calling predict")
    return f"{finding.message} | {finding.advice}"


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("ValueError", "bad\nand more", "While calling predict, your code raised ValueError: bad | "),
        ("NotImplementedError", "Task 2.1: build", "Task 2.1: build is not written yet. | Write it where the stub"),
        ("NotImplementedError", "", "This part is not written yet. | "),
        ("NotImplementedError", "Task 2 is not written yet.", "Task 2 is not written yet. | Write"),
        ("WrongKind", "a list was expected", "While calling predict: a list was expected. | "),
        ("SystemExit", "", "your code ended the program (SystemExit). | Remove calls of exit()"),
        ("MemoryError", "", "raised MemoryError, without a word. | Work in batches"),
        ("BdbQuit", "", "raised BdbQuit, without a word. | Nobody sits at the keyboard"),
        ("EOFError", "EOF when reading a line", "EOF when reading a line | Nobody sits at the keyboard"),
        ("RuntimeError", "size mismatch, m1: [1 x 2]", "size mismatch, m1: [1 x 2] | Print the shapes"),
        ("ValueError", "Expected more than 1 value per channel when training", "Print the shapes"),
        ("TypeError", "f() got an unexpected keyword argument 'x'", "Keep the function's signature"),
    ],
)
def test_an_exception_becomes_a_sentence(kind, text, words):
    assert words in said(kind, text)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "it exited by itself with status 0"),
        (1, "it exited by itself with status 1"),
        (-9, "it was ended by SIGKILL"),
        (-6, "it was ended by SIGABRT"),
        (-11, "it was ended by SIGSEGV"),
        (-24, "it was ended by SIGXCPU"),
        (-40, "it was ended by signal 40"),
        (-25, "it was ended by SIGXFSZ"),
        (-200, "it was ended by signal 200"),
    ],
)
def test_an_exit_status_becomes_a_sentence(status, words):
    finding = failures.died("importing work.py", status, "x" * 5000)
    assert finding.message == f"While importing work.py, the process that ran your code ended: {words}."
    assert len(finding.details) == 1500


def test_deadlines_and_bounds_name_their_unit():
    assert "after 60 seconds" in failures.too_slow("x", 60).message
    assert "each example" in failures.too_slow("calling predict", 60).advice
    assert "each example" not in failures.too_slow("importing work.py", 60).advice
    assert "used more than 200 MB of disk" in failures.too_much("x", "200 MB of disk").message
    assert "(9 minutes)" in failures.time_is_up(540).message


@pytest.mark.parametrize(
    ("foreign", "wanted"), [("abc", "ab"), ("\ud800x", "?x"), (5, ""), (None, ""), (["a"], ""), ("\x1b", "\x1b")]
)
def test_foreign_text_is_bounded_and_fit_for_a_file(foreign, wanted):
    assert values.plain(foreign, 2) == wanted


def test_floats_state_shape_dtype_and_what_is_not_finite():
    good = np.zeros((2, 3), np.float32)
    assert values.floats(good, (2, 3), "x") is good
    for array, words in (
        (None, "X is not an array"),
        (good.T, "wrong shape"),
        (good.astype(np.float64), "has to be float32, not float64"),
        (good + np.inf, "NaN or infinity in 6 of its 6 numbers"),
    ):
        with pytest.raises(SubmissionError, match=words):
            values.floats(array, (2, 3), "x")
    assert np.isnan(values.floats(good * np.nan, (2, 3), "x", finite=False)).all()


def test_integers_and_losses_state_their_dtype():
    with pytest.raises(SubmissionError, match="has to be int64, not float64"):
        values.integers(np.zeros(2), (2,), "encode")
    with pytest.raises(SubmissionError, match="not a list of losses"):
        values.losses(np.zeros((2, 1)), 2)
    with pytest.raises(SubmissionError, match="not a list of losses"):
        values.losses(np.zeros(2, np.float32), 2)
    assert values.losses(np.ones(2), 2).tolist() == [1, 1]


@pytest.mark.parametrize("vocabulary", [None, "abc", [1], ["a", None], {"a": 1}])
def test_words_are_a_list_of_strings(vocabulary):
    with pytest.raises(SubmissionError, match="not a list of words"):
        values.words(vocabulary, "build_vocabulary")


def test_the_lines_of_a_notebook_are_told_apart_from_other_syntax_errors():
    for code, told in (("%matplotlib inline", True), ("!pip install x", True), ("x = = 3", False)):
        spot = {"file": "work.py", "line": 1, "code": code}
        assert ("a command of a notebook" in said("SyntaxError", "invalid syntax", syntax=spot)) is told


def test_an_abort_is_blamed_on_memory_only_where_something_says_so():
    assert "memory" not in failures.died("importing work.py", -6, "").advice
    assert "os.abort()" in failures.died("importing work.py", -6, "").advice
    assert "more memory" in failures.died("importing work.py", -6, "what(): std::bad_alloc").advice


def test_what_python_would_propose_is_kept():
    assert "Did you mean: 'vocabulary'?" in said(
        "NameError", "name 'vocabulry' is not defined", suggestion="vocabulary"
    )
