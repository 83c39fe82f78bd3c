"""Which assignment is meant."""

import pytest

from autograder.assignment import find, find_all, infer, load
from autograder.errors import AssignmentError


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch):
    monkeypatch.delenv("AUTOGRADER_ASSIGNMENTS", raising=False)


def test_by_name_from_above_within_and_beside(tiny, tmp_path):
    (tmp_path / "students" / "ada").mkdir(parents=True)
    for start in (tmp_path, tiny, tmp_path / "students" / "ada"):
        assert find("tiny", start=start) == tiny


def test_by_path(tiny, tmp_path):
    assert find(tiny, start=tmp_path) == tiny
    assert find("assignments/tiny", start=tmp_path) == tiny
    assert find("assignments/tiny/assignment.toml", start=tmp_path) == tiny
    assert find(".", start=tiny) == tiny


def test_the_current_folder(tiny, tmp_path):
    (tiny / "checks").mkdir()
    assert find(start=tiny) == tiny
    assert find(start=tiny / "checks") == tiny
    with pytest.raises(
        AssignmentError, match=r"say which assignment is meant \(tiny\): .*`autograder check tiny`, .*`cd .*tiny`"
    ):
        find(start=tmp_path)


def test_by_the_environment_variable(tiny, tmp_path, monkeypatch):
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    with pytest.raises(AssignmentError, match="set AUTOGRADER_ASSIGNMENTS to"):
        find("tiny", start=elsewhere)
    monkeypatch.setenv("AUTOGRADER_ASSIGNMENTS", str(tiny.parent))
    assert find("tiny", start=elsewhere) == tiny


@pytest.mark.parametrize(("named", "better"), [(".", r": set it to .*assignments"), ("nothing", "")])
def test_an_environment_variable_that_names_something_else(tiny, tmp_path, monkeypatch, named, better):
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("AUTOGRADER_ASSIGNMENTS", str(tmp_path / named))
    with pytest.raises(
        AssignmentError, match=rf"AUTOGRADER_ASSIGNMENTS, which is .*, names no folder .* in it{better}$"
    ):
        find(start=elsewhere)


def test_an_unknown_name(tiny, tmp_path):
    (tiny.parent / "other").mkdir()
    (tiny.parent / "other" / "assignment.toml").write_text("")
    (tiny.parent / "no-assignment").mkdir()
    assert find_all(start=tmp_path) == (tiny.parent / "other", tiny)
    with pytest.raises(AssignmentError, match=r"^no assignment 'tinny'; did you mean 'tiny'\? Known are other, tiny$"):
        find("tinny", start=tmp_path)
    with pytest.raises(AssignmentError, match=r"^no assignment 'zzz'; known are other, tiny$"):
        find("zzz", start=tmp_path)


def test_by_the_modules_of_a_submission(tiny):
    first = load(tiny)
    second = first.model_copy(update={"name": "big", "modules": {"keras": "keras_big", "torch": "torch_big"}})
    assert infer(["a/b/torch_big.py", "notes.txt"], [first, second]).name == "big"
    assert infer(["torch_big.py", "keras_tiny.py", "torch_tiny.py"], [first, second]).name == "tiny"
    with pytest.raises(AssignmentError, match=r"several assignments \(tiny and big\)"):
        infer(["torch_big.py", "keras_tiny.py"], [first, second])
    with pytest.raises(AssignmentError, match=r"tiny has keras_tiny\.py, torch_tiny\.py; big has"):
        infer(["main.py", "torch_big.txt"], [first, second])
    with pytest.raises(AssignmentError, match="none is known"):
        infer(["main.py"], [])
    with pytest.raises(AssignmentError, match="holds no files"):
        infer([], [first])
    with pytest.raises(AssignmentError, match=r"the files \(z\.py, a\.txt, .*, g\.txt and 2 more\) fit no assignment"):
        infer([*(f"x/{letter}.txt" for letter in "abcdefghi"), "z.py"], [first])
