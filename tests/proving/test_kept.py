"""Verdicts of earlier verifications: kept for exactly what would be graded now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autograder.blueprint import Framework
from autograder.errors import InternalError
from autograder.proving.cases import Case, Kind
from autograder.proving.kept import KeptVerdicts
from autograder.proving.record import OF_ONE_CASE, fingerprint
from autograder.proving.verify import Verdict
from autograder.report import Outcome

CASE = Case(Kind.MUTANT, "no-relu", {"torch_cnn.py": "def build(): ..."}, (Framework.TORCH,), "2", "no-relu", ("3",))
OUTCOMES = (("2.3", "torch", Outcome.FAILED), ("1.1", "", Outcome.PASSED))
RIGHT = Verdict(CASE, 8.5, 10.0, 0.9, ("no-relu",), ("2.3",), 1.5, (), OUTCOMES)


@pytest.fixture
def kept(tmp_path):
    """Open the file."""
    return lambda *rests_on: KeptVerdicts(tmp_path / "verdicts.jsonl", *(rests_on or ("files", 1)))


def test_a_verdict_comes_back_as_it_was(kept):
    kept().keep(RIGHT)
    assert kept().of(CASE) == RIGHT


@pytest.mark.parametrize(
    "change",
    [{"files": {"torch_cnn.py": "def build(): pass"}}, {"task": "1"}, {"misconception": "relu"}, {"skips": ()},
     {"frameworks": tuple(Framework)}, {"kind": Kind.VARIANT}, {"name": "other"}],
)  # fmt: skip
def test_not_for_another_case(kept, change):
    kept().keep(RIGHT)
    assert kept().of(replace(CASE, **change)) is None


def test_not_with_other_files_or_another_seed(kept):
    kept().keep(RIGHT)
    assert kept("other files", 1).of(CASE) is None
    assert kept("files", 2).of(CASE) is None


def test_not_with_other_versions(kept, monkeypatch):
    kept().keep(RIGHT)
    monkeypatch.setattr("autograder.proving.kept.here", lambda: ({"torch": "1.0"}, "a machine"))
    assert kept().of(CASE) is None


def test_what_was_wrong_is_graded_again(kept):
    kept().keep(replace(RIGHT, problems=("not caught in task 2",)))
    assert kept().of(CASE) is None


@pytest.mark.parametrize("length", [0, 1, 40, -1])
def test_half_a_line_is_no_verdict_and_spoils_no_other(kept, tmp_path, length):
    kept().keep(RIGHT)
    file = tmp_path / "verdicts.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[:length] + b"\xff" if length else b"[1]\n{}\nnull\n" + b"0" * 9)
    assert kept().of(CASE) is None
    kept().keep(RIGHT)
    assert kept().of(CASE) == RIGHT


@pytest.mark.parametrize("field", ["score", "outcomes", "named"])
def test_a_line_that_says_something_else_is_no_verdict(kept, tmp_path, field):
    kept().keep(RIGHT)
    file = tmp_path / "verdicts.jsonl"
    file.write_text(file.read_text().replace(f'"{field}": ', f'"{field}": null, "was": '))
    assert kept().of(CASE) is None


def test_a_file_that_cannot_be_written(kept, tmp_path):
    (tmp_path / "verdicts.jsonl").mkdir()
    with pytest.raises(InternalError, match=r"can't write .*verdicts.jsonl: Is a directory"):
        kept().keep(RIGHT)


def test_files_of_single_cases_are_no_matter_to_the_others(tmp_path):
    for name in ("mutants/no-relu/torch.py", "master.py", "data.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    data = tmp_path / "data.csv"
    before = [fingerprint([tmp_path, data], without) for without in (OF_ONE_CASE, ())]
    (tmp_path / "mutants/no-relu/torch.py").write_text("changed")
    after = [fingerprint([tmp_path, data], without) for without in (OF_ONE_CASE, ())]
    assert after[0] == before[0]
    assert after[1] != before[1]
    before = fingerprint([data])
    data.write_text("changed")
    assert fingerprint([data]) != before
