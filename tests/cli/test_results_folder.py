"""A results folder belongs to one submission; a part says that it is one; what was graded before is never lost."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest

from autograder.report import Report
from autograder.reporters import earlier

SLOW = "import time\n\n\ndef build_vocabulary(texts, max_tokens):\n    time.sleep(0.2)\n    return ['right']\n"


@pytest.fixture
def grade(autograder, mini):
    """Grade into ``out``."""

    def grade(submission: Path, *options: object):
        where = ("--out", mini.top / "out", "--assignment", "mini")
        return autograder("grade", submission, *where, *options, cwd=mini.top)

    return grade


@pytest.fixture
def report(mini):
    def report(place: str = "out") -> Report:
        return Report.from_json((mini.top / place / "report.json").read_text(encoding="utf-8"))

    return report


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_part_never_takes_the_place_of_a_whole_grading(grade, report, mini):
    ada, ben = mini.submit(), mini.submit(torch={"1.10": "wrong"})
    assert grade(ada).code == 0
    before = files(mini.top / "out")
    for submission, options in ((ben, ()), (ada, ()), (ben, ("--replace",))):
        done = grade(submission, "--only", "1.1", *options)
        assert done.code == 2
        assert "a part (--only) doesn't take its place" in done.err
    assert files(mini.top / "out") == before
    assert not report().partial


def test_another_submission_is_refused_and_moves_the_results_only_if_asked(grade, report, mini):
    ada, ben = mini.submit(), mini.submit(torch={"1.10": "wrong"})
    grade(ada)
    before = files(mini.top / "out")
    done = grade(ben)
    assert done.code == 2
    assert f"holds the results of another submission, {ada.name}" in done.err
    assert "--replace" in done.err
    assert files(mini.top / "out") == before
    done = grade(ben, "--replace")
    assert done.code == 1
    assert "kept in" in done.out
    assert files(mini.top / "out" / "earlier" / "1") == before
    assert (report().submission, report("out/earlier/1").submission) == (ben.name, ada.name)


def test_what_is_handed_in_or_graded_anew_keeps_the_earlier_results(grade, report, mini):
    ada = mini.submit(torch={"1.10": "wrong"})
    grade(ada, "--seed", "1")
    grade(ada, "--seed", "2")
    shutil.copy(ada / "keras_mini.py", ada / "torch_mini.py")
    assert grade(ada, "--seed", "3").code == 0
    seeds = [report(place).basis.seed for place in ("out/earlier/1", "out/earlier/2", "out")]
    assert seeds == [1, 2, 3]


def test_a_part_says_so_everywhere(grade, report, mini):
    done = grade(mini.submit(), "--only", "1.1")
    said = "Only 1.1 was asked for: these are the points of that part, and no grade of the whole."
    assert said in done.out
    assert report().complete
    assert report().partial
    assert report().basis.only == ("1.1",)
    raw = json.loads((mini.top / "out" / "report.json").read_text())
    assert raw["totals"]["partial"] is True
    results = json.loads((mini.top / "out" / "results.json").read_text())
    assert said in results["output"]
    assert results["extra_data"]["partial"] is True
    assert said in " ".join((mini.top / "out" / "report.html").read_text().split())


def test_parts_and_then_the_whole_share_a_folder(grade, report, mini):
    ada = mini.submit()
    for options in (("--only", "1.1"), ("--only", "1.2"), ()):
        assert grade(ada, *options).code == 0
    assert [report(f"out/earlier/{number}").basis.only for number in (1, 2)] == [("1.1",), ("1.2",)]
    assert not report().partial


def test_hashes_speak_of_contents_alone(grade, report, mini, tmp_path):
    ada = mini.submit()
    found = []
    zipped = Path(shutil.make_archive(str(tmp_path / ada.name), "zip", mini.top, ada.name))
    for submission in (ada, zipped):
        assert grade(submission, "--seed", "5").code == 0
        found.append(report().basis)
    assert found[0] == found[1]
    (ada / "torch_mini.py").write_text(SLOW)
    grade(ada, "--seed", "5")
    changed = report().basis
    assert changed.submission != found[0].submission
    assert (changed.assignment, changed.grader) == (found[0].assignment, found[0].grader)
    mini.change("assignment.toml", "mini", "mini")  # the same bytes
    (mini.assignment / "checks" / "extra.txt").write_text("x")
    grade(ada, "--seed", "5")
    assert report().basis.assignment != changed.assignment
    assert all(len(part) == 64 for part in (changed.submission, changed.assignment, changed.grader))


def test_seed_and_hashes_are_there_after_an_interrupt(mini, start, report):
    submission = mini.submit(SLOW, SLOW)
    running = start("grade", submission, "--out", "out", "--assignment", "mini", "--seed", "77", cwd=mini.top)
    running.until((mini.top / "out" / "report.json").exists)
    basis = report().basis
    running.process.send_signal(signal.SIGINT)
    running.wait()
    assert not report().complete
    assert basis == report().basis
    assert basis.seed == 77
    assert basis.submission
    assert report().versions["torch"]


def test_what_broke_off_is_written_over_and_what_cannot_be_read_is_kept(report, mini, grade):
    ada = mini.submit()
    grade(ada)
    out = mini.top / "out"
    broken = json.loads((out / "report.json").read_text()) | {"complete": False}
    (out / "report.json").write_text(json.dumps(broken))
    assert grade(ada).code == 0
    assert not (out / earlier.EARLIER).exists()
    (out / "report.json").write_text("{")
    assert grade(ada).code == 0
    assert (out / earlier.EARLIER / "1" / "report.json").read_text() == "{"


def test_a_submission_that_cannot_be_opened_is_one_as_well(grade, report, mini, tmp_path):
    for name in ("ada.zip", "ben.zip"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 " + name.encode())
    assert grade(tmp_path / "ada.zip").code == 1
    assert report().basis.submission
    assert grade(tmp_path / "ben.zip").code == 2
