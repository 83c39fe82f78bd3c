"""The grading as the checks see it: what is asked for once, what is random, what is recorded."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.checking.recorder import Recorder
from autograder.errors import SubmissionError
from autograder.report import CheckResult, Curve, LeaderboardEntry, Outcome, Report, Table


def test_what_is_no_longer_good_is_made_anew(numpy_grading):
    grading, made = numpy_grading(), iter([1, 2])
    for good, wanted in ((True, 1), (True, 1), (False, 2), (True, 2)):
        assert grading.once(("key",), lambda: next(made), good=lambda _, good=good: good) == wanted


def test_what_was_made_once_is_not_made_again(numpy_grading):
    grading, made = numpy_grading(), []
    assert [grading.once(("key", n), lambda n=n: made.append(n) or n) for n in (1, 1, 2)] == [1, 1, 2]
    assert made == [1, 2]


def test_what_failed_once_fails_again_without_another_try(numpy_grading):
    grading, tries = numpy_grading(), []

    def fails():
        tries.append(1)
        raise SubmissionError("It failed.")

    caught = []
    for _ in range(2):
        with pytest.raises(SubmissionError) as error:
            grading.once(("key",), fails)
        caught.append(error.value)
    assert caught[0] is caught[1]
    assert len(tries) == 1


def test_nothing_that_a_none_was_made_of_is_made_twice(numpy_grading):
    grading, tries = numpy_grading(), []
    for _ in range(2):
        assert grading.once(("none",), lambda: tries.append(1)) is None
    assert len(tries) == 1


def test_random_numbers_depend_on_seed_and_purpose_and_on_nothing_else(numpy_grading):
    def drawn(seed, *purpose):
        return numpy_grading(seed=seed).rng(*purpose).integers(2**62)

    assert drawn(1, "a", 0) == drawn(1, "a", 0)
    assert len({drawn(1, "a", 0), drawn(2, "a", 0), drawn(1, "b", 0), drawn(1, "a", 1), drawn(1, "a")}) == 5
    # Purposes that begin or end alike are other purposes.
    assert drawn(1, "training bench") != drawn(1, "training probe") != drawn(1, "testing bench")


def test_sizes_follow_from_the_data(numpy_grading):
    grading = numpy_grading()
    assert grading.sizes["num_classes"] == 2
    assert grading.sizes["vocab_size"] == grading.data.train_ids.max() + 1
    assert grading.sizes["embed_dim"] == grading.assignment.sizes["embed_dim"]
    assert grading.recorder.report.data == grading.data.description
    assert np.array_equal(numpy_grading().data.train_ids, grading.data.train_ids)


class Heard:
    def __init__(self):
        self.latest = []

    def started(self, check):
        self.latest.append(("started", check))

    def changed(self, report, latest):
        self.latest.append((report, latest))


def test_the_recorder_keeps_the_report_and_tells_its_listeners():
    heard = Heard()
    recorder = Recorder(Report("mini"), (heard,))
    pending = CheckResult("1.1", "It is.", max_score=2)
    recorder.begin((pending,))
    recorder.started(pending)
    passed = CheckResult("1.1", "It is.", outcome=Outcome.PASSED, score=2, max_score=2)
    recorder.finished(passed)
    assert recorder.report.checks == (passed,)
    assert [latest for _, latest in heard.latest] == [None, pending, passed]
    assert [report.checks for report, _ in (heard.latest[0], heard.latest[2])] == [(pending,), (passed,)]


def test_the_recorder_gathers_what_checks_leave_beside_their_verdict():
    recorder = Recorder(Report("mini"))
    recorder.curve(Curve("keras", (2.0, 1.0)))
    recorder.curve(Curve("torch", (2.0,)))
    recorder.table(Table("t", ("a",), ()))
    recorder.leaderboard(LeaderboardEntry("speed", 1.0))
    for note in ("odd", "odd", "odder"):
        recorder.staff_note(note)
    report = recorder.report
    assert [curve.case for curve in report.curves] == ["keras", "torch"]
    assert (len(report.tables), len(report.leaderboard)) == (1, 1)
    assert report.staff_notes == ("odd", "odder")
