"""submission_metadata.json: what is read of it, and that nothing in it stops a grading."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.grading.metadata import LARGEST, Metadata, parse_metadata, read_metadata

FULL = {
    "id": 12,
    "created_at": "2026-03-02T23:30:00.123456-08:00",
    "submission_method": "upload",
    "assignment": {"due_date": "2026-03-01T23:59:00.000000-08:00", "total_points": "100.0", "late_due_date": None},
    "users": [{"id": 1, "name": "Ada", "email": "a@example.com"}, {"id": 2, "name": "Bob", "email": "b@example.com"}],
    "previous_submissions": [
        {"submission_time": "2026-03-02T08:00:00.000000-08:00", "score": 40.0, "autograder_error": False},
        {"submission_time": "2026-03-02T09:00:00.000000-08:00", "score": 0.0, "autograder_error": True},
    ],
}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("2026-03-02T08:00:00-08:00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
# The fields that are read, each with anything at all, so that every reader sees every kind of value.
previous = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("submission_time", "score", "autograder_error", "results"), anything)
)
user = st.fixed_dictionaries({}, optional={"name": anything, "assignment": anything})
documents = anything | st.fixed_dictionaries(
    {},
    optional={
        "created_at": anything | st.datetimes().map(str),
        "assignment": anything | st.fixed_dictionaries({"due_date": anything | st.datetimes().map(str)}),
        "users": anything | st.lists(user | anything, max_size=3),
        "previous_submissions": anything | st.lists(previous | anything, max_size=3),
        "problems": anything,
    },
)


def parse(raw: object) -> Metadata:
    return parse_metadata(json.dumps(raw).encode())


def test_what_gradescope_writes():
    read = parse(FULL)
    assert read.created_at is not None
    assert read.created_at.astimezone(UTC) == datetime(2026, 3, 3, 7, 30, 0, 123456, UTC)
    assert read.due == datetime.fromisoformat("2026-03-01T23:59:00-08:00")
    assert read.names == ("Ada", "Bob")
    assert [entry.score for entry in read.earlier] == [40.0]  # the other one broke
    assert read.problems == ()


def test_the_latest_extension_of_a_group_counts():
    users = [{"name": "Ada", "assignment": {"due_date": f"2026-03-0{day}T00:00:00Z"}} for day in (3, 5, 4)]
    assert parse({**FULL, "users": users}).due == datetime(2026, 3, 5, tzinfo=UTC)


def test_what_the_grader_broke_does_not_count_as_graded():
    broken = {"score": 0, "results": {"extra_data": {"needs_regrading": True}}}
    assert parse({"previous_submissions": [broken]}).earlier == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("created_at", "yesterday"),
        ("created_at", 17),
        ("created_at", "0001-01-01T00:00:00"),
        ("created_at", "9999-12-31T23:59:59-12:00"),
        ("users", "Ada"),
        ("assignment", []),
        ("previous_submissions", {"score": 1}),
    ],
)
def test_a_field_that_cannot_be_read_is_missing_and_named(field, value):
    read = parse({**FULL, field: value})
    assert getattr(read, field) is None
    assert read.problems == (field,)
    others = {"created_at", "users", "assignment", "previous_submissions"} - {field}
    assert all(getattr(read, other) is not None for other in others)


@pytest.mark.parametrize("score", ["many", [1], {}, True, 1e999, -(10**400)])
def test_a_score_that_is_none(score):
    assert parse({"previous_submissions": [{"score": score}, {"score": 2}]}).earlier[0].score == 2


@pytest.mark.parametrize(
    "text", [b"", b"\xff", b"{", b"[" * 100_000, b"[]", b"17", b"NaN", b"null", b'{"a": ' + b"9" * 5000 + b"}"]
)
def test_what_is_no_metadata_at_all(text):
    read = parse_metadata(text)
    assert read.problems
    assert read.created_at is None


def test_no_file_and_a_huge_one(tmp_path):
    assert "can't be read" in read_metadata(tmp_path / "none.json").problems[0]
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(LARGEST + 1)
    assert "too large" in read_metadata(tmp_path / "huge.json").problems[0]


@given(documents)
def test_anything_at_all_can_be_read(document):
    read = parse(document)
    assert isinstance(read.names, tuple)
    assert all(entry.score is not None and entry.score >= 0 for entry in read.earlier)
    assert read.due is None or read.due.tzinfo is not None


@given(st.binary())
def test_any_bytes_can_be_read(text):
    assert isinstance(parse_metadata(text), Metadata)
