"""A grading in Gradescope's container: results.json is valid and right whatever happens."""

from __future__ import annotations

import json
import shutil
import signal
import time
from pathlib import Path

import pytest

from autograder.cli import gradescope as command
from autograder.errors import AssignmentError, InternalError
from autograder.grading import container as module
from autograder.grading.container import BROKEN, STOPPED, Layout, Results, grade_submission
from autograder.grading.session import Grader
from autograder.reporters import words

NOON = "2026-03-01T12:00:00-08:00"


class Container:
    """``/autograder``, with the mini assignment in it."""

    def __init__(self, course, root: Path) -> None:
        self.course = course
        self.layout = Layout(root)
        self.layout.root.mkdir()
        self.results = Results(self.layout.results)

    def lay_out(self, metadata: object = None, rules: str = "", *, limits: str = "", **answers: str) -> Container:
        self.course.change("assignment.toml", "[modules]", f"{rules}\n[modules]")
        self.course.change("assignment.toml", "[limits]", f"[limits]\n{limits}")
        shutil.copytree(self.course.top / "assignments", self.layout.source / "assignments")
        shutil.copytree(self.course.submit(keras=answers), self.layout.submission)
        if metadata is not None:
            self.layout.metadata.write_text(json.dumps(metadata), encoding="utf-8")
        return self

    def read(self) -> dict[str, object]:
        return json.loads((self.layout.results / "results.json").read_text(encoding="utf-8"))


@pytest.fixture
def container(mini, tmp_path):
    return Container(mini, tmp_path / "autograder")


def metadata(time: str = NOON, earlier: tuple[tuple[str, float], ...] = ()) -> dict[str, object]:
    previous = [{"submission_time": moment, "score": score} for moment, score in earlier]
    return {"created_at": time, "assignment": {"due_date": NOON}, "previous_submissions": previous,
            "users": [{"name": "Ada"}, {"name": "Bob"}]}  # fmt: skip


def test_lateness_counts_from_the_first_results_on(container, grader):
    written = []

    class Reader:
        def started(self, check):
            if (container.layout.results / "results.json").exists():
                written.append(container.read())

        def changed(self, report, latest):
            pass

    container.lay_out(metadata("2026-03-02T12:00:00-08:00"), "[late]\nshare = 0.5\n")
    report = grade_submission(grader, container.layout, container.results, [Reader()])
    assert report is not None
    found = container.read()
    assert found["score"] == pytest.approx(report.score / 2)
    assert report.score > 0
    assert (
        "Handed in together by Ada, Bob.\nHanded in 1 day after the due date; 1 of them costs 50 %" in found["output"]
    )
    assert all(early["score"] == pytest.approx(early["extra_data"]["score"] / 2) for early in written)
    assert len(written) > 3
    assert any(f"autograder grade --seed {report.basis.seed}" in note for note in words.staff_notes(report))


def test_beyond_the_days_limit_nothing_runs_and_what_counted_counts(container):
    container.lay_out(metadata(earlier=(("2026-03-01T08:00:00-08:00", 7.5),)), limits="per_day = 1")
    with Grader() as untouched:
        assert grade_submission(untouched, container.layout, container.results) is None
        assert not untouched._zygotes
    found = container.read()
    assert (found["score"], found["tests"]) == (7.5, [])
    assert found["output"].startswith("Not graded. One submission is graded a day")
    assert found["extra_data"]["needs_regrading"] is False


def test_nonsense_for_metadata_costs_nothing(container, grader):
    container.lay_out([17], "[late]\nshare = 0.5\n")
    report = grade_submission(grader, container.layout, container.results)
    assert container.read()["score"] == report.score > 0
    assert "submission_metadata.json: not an object could not be read" in report.staff_notes


def run(container) -> None:
    command.gradescope(container.layout.root)


def test_a_fault_of_the_assignment_is_told_in_words(container):
    container.lay_out(metadata(), "nonsense = 3\n")
    with pytest.raises(AssignmentError, match="nonsense"):
        run(container)
    found = container.read()
    assert (found["output"], found["score"], found["extra_data"]["needs_regrading"]) == (BROKEN, 0, True)


@pytest.mark.parametrize("end", [InternalError("broken"), KeyboardInterrupt(), RuntimeError("ours")])
def test_whatever_ends_the_grader_results_say_so(container, monkeypatch, end):
    def fail(*_, **__):
        raise end

    container.lay_out(metadata(earlier=(("2026-02-01T08:00:00-08:00", 7.5),)))
    monkeypatch.setattr(Grader, "grade", fail)
    with pytest.raises(type(end)):
        run(container)
    assert container.read()["output"] == BROKEN
    assert container.read()["score"] == 7.5


def test_what_was_graded_before_the_end_stays(container, grader):
    class Stop:
        def started(self, check):
            if check.number.startswith("2"):
                raise KeyboardInterrupt

        def changed(self, report, latest):
            pass

    container.lay_out(metadata())
    with pytest.raises(KeyboardInterrupt):
        grade_submission(grader, container.layout, container.results, [Stop()])
    container.results.break_off()
    found = container.read()
    assert found["output"].startswith(STOPPED)
    assert found["extra_data"]["complete"] is False
    assert found["score"] > 0
    assert len(found["tests"]) > 2


def test_it_ends_before_gradescope_ends_it(container, grader, monkeypatch):
    class Endless:
        def started(self, check):
            if check.number == "1.2":
                time.sleep(600)

        def changed(self, report, latest):
            pass

    container.lay_out(metadata(), limits="run_minutes = 6")  # its total_seconds are 300
    monkeypatch.setattr(module, "RESERVE", 360 - 3.0)
    with pytest.raises(KeyboardInterrupt):
        grade_submission(grader, container.layout, container.results, [Endless()])
    container.results.break_off()
    assert container.read()["output"].startswith(STOPPED)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_what_is_complete_stays_as_it_is(container, grader):
    container.lay_out(metadata())
    grade_submission(grader, container.layout, container.results)
    complete = container.read()
    container.results.break_off()
    assert container.read() == complete
    assert complete["extra_data"]["complete"] is True


def test_no_assignment_and_several(container):
    with pytest.raises(AssignmentError, match="found: none"):
        container.layout.assignment()
    container.lay_out()
    shutil.copytree(container.layout.source / "assignments" / "mini", container.layout.source / "assignments" / "other")
    with pytest.raises(AssignmentError, match="found: mini, other"):
        container.layout.assignment()


def test_no_submission_is_not_the_students_fault(container, grader):
    container.lay_out(metadata())
    shutil.rmtree(container.layout.submission)
    with pytest.raises(AssignmentError, match="no submission at"):
        grade_submission(grader, container.layout, container.results)
