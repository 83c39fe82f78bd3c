"""Where a submission's code could read what is hidden, nothing is graded, unless the staff say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import AssignmentError
from autograder.grading import session
from autograder.report import Outcome

READS = "open('/etc/passwd').read()\nopen('ran', 'w').close()\n"


@pytest.fixture
def exposed(monkeypatch):
    """A machine on which hidden data lies where every worker can read it."""
    monkeypatch.setattr(session, "_secrets", lambda _: [Path("/etc/passwd")])


def test_nothing_of_the_submission_runs(mini, grader, exposed, tmp_path):
    heard = []

    class Listener:
        def started(self, check): ...
        def changed(self, report, latest):
            heard.extend(report.checks)

    with pytest.raises(AssignmentError, match="could read hidden data") as refused:
        grader.grade(mini.order(mini.submit()), [Listener()])
    assert "--unprotected" in str(refused.value)
    assert "autograder doctor" in str(refused.value)
    assert heard == [], "no results that say 0 points"


def test_the_staff_can_say_that_they_trust_it_and_the_report_says_so(mini, grader, exposed):
    report = grader.grade(mini.order(mini.submit(), unprotected=True))
    assert report.score > 0
    assert [note for note in report.staff_notes if note.startswith("Graded with --unprotected")] != []


def test_without_hidden_data_nothing_is_refused(mini, grader, exposed):
    """As on a student's machine."""
    report = grader.grade(mini.order(mini.submit(), hidden=False))
    assert report.score > 0
    assert report.staff_notes == ()


def test_where_it_is_hidden_the_flag_is_not_needed_and_leaves_no_note(mini, grader):
    report = grader.grade(mini.order(mini.submit(), unprotected=True))
    assert not any("unprotected" in note for note in report.staff_notes)


def test_a_worker_of_the_other_framework_that_could_read_it_gets_no_code_either(mini, grader, monkeypatch):
    """The first framework's is looked at before anything runs; the others when they start."""
    from autograder.student.bench import Bench

    held = Bench.exposed
    monkeypatch.setattr(Bench, "exposed", lambda b, layers: "torn" if b._root.name == "torch" else held(b, layers))
    report = grader.grade(mini.order(mini.submit()))
    ended = {check.outcome for check in report.checks if check.case == "torch"}
    assert ended == {Outcome.ERROR}
    assert report.needs_regrading
