"""Classroom 50's result.json: by its schema, in whole numbers, and never more than was earned for full marks."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator, ValidationError

from autograder.errors import AssignmentError, Finding, InternalError
from autograder.report import CheckResult, Outcome, Report, Visibility
from autograder.reporters.classroom50 import NAMED, SCHEMA, identity, to_result, whole

TEXT = {"type": "string", "minLength": 1}
WHOLE = {"type": "integer", "minimum": 0}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
# From the contract's table on the wiki's page "Advanced Autograding" of foundation50/classroom50, August 2026. Certain
# are names, types and sums. The runner itself adds owner, assignment_type, graded_at and submitted_by.
RESULT = {
    "type": "object",
    "required": ["schema", *NAMED, "review", "datetime", "score", "max-score", "tests"],
    "additionalProperties": False,
    "properties": {
        "schema": {"const": "classroom50/result/v1"},
        **dict.fromkeys([*NAMED, "review"], TEXT),
        "datetime": TIME,
        "score": WHOLE,
        "max-score": WHOLE,
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["test-name", "passed", "score", "max-score"],
                "properties": {"test-name": TEXT, "passed": {"type": "boolean"}, "score": WHOLE, "max-score": WHOLE},
            },
        },
    },
}
ENVIRONMENT = {
    "CLASSROOM": "cs",
    "ASSIGNMENT": "text-cnn",
    "SUBMISSION_TAG": "submit/2026-11-30T14-32-05Z-a1b2c3d",
    "COMMIT_URL": "https://example.org/ada/commit/a1b2c3d",
    "RELEASE_URL": "https://example.org/ada/releases/tag/submit",
}
MOMENT = "2026-11-30T14:32:01Z"


def checked(number, score, most, case="", outcome=None, **more) -> CheckResult:
    outcome = outcome or (Outcome.PASSED if score == most else Outcome.FAILED)
    return CheckResult(number, f"What {number} says.", case, outcome, score, most, **more)


def result(*checks: CheckResult) -> dict:
    made = to_result(Report("mini", checks=checks, complete=True), identity(ENVIRONMENT), MOMENT)
    Draft202012Validator(RESULT).validate(made)
    assert made["score"] == sum(test["score"] for test in made["tests"])
    assert made["max-score"] == sum(test["max-score"] for test in made["tests"])
    return json.loads(json.dumps(made))


def test_it_is_what_the_schema_says():
    made = result(checked("1.1", 2.5, 2.5, "keras"), checked("1.1", 0, 2.5, "torch", finding=Finding("It is wrong.")))
    assert made["schema"] == SCHEMA
    assert (made["classroom"], made["review"], made["datetime"]) == ("cs", ENVIRONMENT["COMMIT_URL"], MOMENT)
    (test,) = made["tests"]
    assert test["test-name"] == "1.1 What 1.1 says."
    assert (test["passed"], test["score"], test["max-score"], test["points"]) == (False, 3, 5, 2.5)
    assert test["feedback"] == "PyTorch: It is wrong."


def test_that_test_can_fail():
    made = result(checked("1.1", 1, 1))
    for broken in ({**made, "score": 0.5}, {**made, "schema": "v2"}, {**made, "datetime": "today"}):
        with pytest.raises(ValidationError):
            Draft202012Validator(RESULT).validate(broken)


@pytest.mark.parametrize(
    ("score", "most", "wanted"),
    [(6, 6, 6), (5.9999, 6, 5), (5.6, 6, 5), (5.4, 6, 5), (0.4, 6, 0), (0.9, 1, 0), (0, 6, 0), (2.5 + 3.5, 6, 6)],
)
def test_points_are_whole_and_never_rounded_up_to_all_of_them(score, most, wanted):
    assert whole(score, most) == wanted


def test_points_that_are_not_whole_count_in_halves_or_quarters():
    made = result(checked("1.1", 2.5, 2.5), checked("1.2", 1.25, 2.5))
    assert (made["score"], made["max-score"]) == (5 + 3, 10)
    assert result(checked("1.1", 0.75, 0.75))["max-score"] == 3


def test_full_marks_are_full_marks():
    thirds = [checked("1.1", 0.1, 0.1, case) for case in ("keras", "torch", "")]
    made = result(*thirds, checked("1.2", 0.7, 0.7))
    assert made["score"] == made["max-score"] > 0


def test_what_can_not_be_graded_there_or_is_not_shown_is_left_out():
    made = result(
        checked("3.6", 0, 3, outcome=Outcome.UNGRADED),
        checked("4.1", 0, 5, visibility=Visibility.HIDDEN),
        checked("5.1", 4, 4),
    )
    assert [test["test-name"][:3] for test in made["tests"]] == ["5.1"]
    assert made["max-score"] == 4


def test_an_error_of_the_grader_or_a_grading_cut_short_gives_no_result():
    for checks, complete in (((checked("1.1", 0, 5, outcome=Outcome.ERROR),), True), ((checked("1.1", 5, 5),), False)):
        with pytest.raises(InternalError, match="no result"):
            to_result(Report("mini", checks=checks, complete=complete), identity(ENVIRONMENT), MOMENT)


def test_outside_of_the_runner_it_is_said_what_is_missing():
    with pytest.raises(AssignmentError, match=r"SUBMISSION_TAG isn't set: Classroom 50's runner sets it"):
        identity({**ENVIRONMENT, "SUBMISSION_TAG": ""})
    assert identity({**ENVIRONMENT, "REVIEW_URL": "https://example.org/compare"})["review"].endswith("compare")
