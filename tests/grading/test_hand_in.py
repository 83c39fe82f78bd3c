"""Lateness, limits, groups and earlier submissions: what they make of the points."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.assignment import load
from autograder.assignment.models import Late
from autograder.grading.hand_in import Terms
from autograder.grading.metadata import parse_metadata
from tests.grading.test_metadata import documents

DUE = "2026-03-01T12:00:00-08:00"


@pytest.fixture
def terms(mini):
    """The mini assignment's, 20 points, with these rules and metadata."""

    def terms(metadata: object = None, *, late: Late | None = None, counts: str = "latest", per_day: int | None = None):
        assignment = load(mini.assignment)
        limits = assignment.limits.model_copy(update={"per_day": per_day})
        rules = {"late": late, "counts": counts, "limits": limits}
        return Terms(assignment.model_copy(update=rules), parse_metadata(json.dumps(metadata).encode()))

    return terms


def handed_in(time: str, earlier: list[dict[str, object]] | None = None, names: tuple[str, ...] = ("Ada",)):
    users = [{"name": name} for name in names]
    return {"created_at": time, "assignment": {"due_date": DUE}, "users": users, "previous_submissions": earlier or []}


def before(time: str, score: float, **more: object) -> dict[str, object]:
    return {"submission_time": time, "score": score, **more}


# -- lateness


@pytest.mark.parametrize(
    ("time", "days"),
    [
        ("2026-03-01T12:00:00-08:00", 0),
        ("2026-03-01T12:00:01-08:00", 1),
        ("2026-03-02T12:00:00-08:00", 1),
        ("2026-03-02T12:00:01-08:00", 2),
        ("2026-03-02T20:00:00+00:00", 1),  # the same moment as noon, written elsewhere
    ],
)
def test_a_day_that_has_begun_is_a_day(terms, time, days):
    assert terms(handed_in(time)).days_late == days


@pytest.mark.parametrize(
    ("late", "counted", "remark"),
    [
        (None, 16, ""),
        (Late(points=3), 7, "Handed in 3 days after the due date; 3 of them cost 3 points each."),
        (Late(share=0.25), 4, "Handed in 3 days after the due date; 3 of them cost 25 % of what was earned each."),
        (Late(free_days=2, points=3), 13, "Handed in 3 days after the due date; 1 of them costs 3 points each."),
        (Late(free_days=3, points=3), 16, "Handed in 3 days after the due date, which costs nothing."),
        (Late(points=9), 0, "Handed in 3 days after the due date; 3 of them cost 9 points each."),
        (Late(latest=3), 16, "Handed in 3 days after the due date, which costs nothing."),
        (Late(latest=2), 0, "Handed in 3 days after the due date; after 2, nothing counts."),
    ],
)
def test_what_three_days_cost(terms, late, counted, remark):
    settled = terms(handed_in("2026-03-04T00:00:00-08:00"), late=late).settle(16)
    assert settled.counted == counted
    assert settled.penalty == 16 - counted
    assert settled.remarks == ((remark,) if remark else ())


def test_without_its_time_nothing_is_late_and_the_staff_are_told(terms):
    unknown = terms({**handed_in("sometime")}, late=Late(points=5))
    assert unknown.settle(16).counted == 16
    assert unknown.staff_notes == (
        "submission_metadata.json: created_at could not be read",
        "Whether it was late was not judged: submission_metadata.json has no created_at.",
    )


# -- so many a day


def test_the_day_is_the_courses(terms):
    earlier = [before("2026-03-01T07:59:00Z", 5), before("2026-03-01T08:01:00Z", 6)]  # 23:59 and 0:01 in the course
    assert not terms(handed_in("2026-03-01T09:00:00-08:00", earlier), per_day=2).refusal
    refusal = terms(handed_in("2026-03-01T09:00:00-08:00", earlier), per_day=1).refusal
    assert "Hand in again on 02 March" in refusal
    assert "One submission is graded a day" in refusal


def test_what_broke_does_not_use_up_the_day(terms):
    earlier = [before("2026-03-01T08:00:00-08:00", 0, autograder_error=True)]
    assert not terms(handed_in("2026-03-01T09:00:00-08:00", earlier), per_day=1).refusal


# -- earlier ones, and groups

EARLIER = [before("2026-02-27T08:00:00-08:00", 18), before("2026-02-28T08:00:00-08:00", 11)]


@pytest.mark.parametrize(("counts", "kept", "counted"), [("latest", 11, 12), ("best", 18, 18)])
def test_the_best_or_the_latest_counts(terms, counts, kept, counted):
    settled = terms(handed_in(DUE, EARLIER), counts=counts)
    assert settled.earlier_points == kept
    assert settled.settle(12).counted == counted
    assert terms(handed_in(DUE, EARLIER), counts="best").settle(19).counted == 19


def test_no_earlier_score_is_above_the_assignments_points(terms):
    assert terms(handed_in(DUE, [before(DUE, 5000)]), counts="best").settle(3).counted == 20


def test_a_group_is_named(terms):
    settled = terms(handed_in(DUE, names=("Ada", "Bob"))).settle(3)
    assert settled.group == ("Ada", "Bob")
    assert settled.remarks == ("Handed in together by Ada, Bob.",)


# -- whatever the metadata


@given(documents, st.floats(0, 20), st.sampled_from([None, Late(points=3), Late(share=0.5, latest=2)]))
def test_points_stay_within_bounds_whatever_the_metadata(assignments, document, score, late):
    for counts in ("latest", "best"):
        rules = {"late": late, "counts": counts}
        terms = Terms(assignments.model_copy(update=rules), parse_metadata(json.dumps(document).encode()))
        assert 0 <= terms.settle(score).counted <= 20
        assert 0 <= terms.earlier_points <= 20
        assert isinstance(terms.refusal, str)
        assert isinstance(terms.staff_notes, tuple)


@pytest.fixture(scope="module")
def assignments():
    """The mini assignment, read once for all examples, with a limit."""
    from pathlib import Path

    read = load(Path(__file__).parents[1] / "data" / "course" / "assignments" / "mini")
    return read.model_copy(update={"limits": read.limits.model_copy(update={"per_day": 1})})
