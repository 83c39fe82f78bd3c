"""results.json holds what Gradescope's documentation specifies, and nothing that it doesn't."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import Finding
from autograder.report import (
    CheckResult,
    Curve,
    DeviceUse,
    Evidence,
    HandIn,
    LeaderboardEntry,
    Outcome,
    Report,
    Visibility,
)
from autograder.reporters.gradescope import MAX_OUTPUT, to_json, to_results, without_tests

FORMATS = {"text", "html", "simple_format", "md", "ansi"}
VISIBILITIES = {"visible", "hidden", "after_due_date", "after_published"}
TOP = {"score", "execution_time", "output", "output_format", "test_output_format", "test_name_format", "visibility"}
TOP |= {"stdout_visibility", "extra_data", "tests", "leaderboard"}
TEST = {"score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags"}
TEST |= {"visibility", "extra_data"}

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=80)
FINDINGS = st.none() | st.builds(Finding, *[ANYTHING] * 6)


@st.composite
def checks(draw: st.DrawFn) -> CheckResult:
    most = draw(st.floats(0, 1e6))
    return CheckResult(
        draw(ANYTHING),
        draw(ANYTHING),
        draw(st.sampled_from(["", "keras", "torch"]) | ANYTHING),
        draw(st.sampled_from(Outcome)),
        draw(st.floats(0, most)),
        most,
        draw(st.sampled_from(Evidence)),
        draw(st.sampled_from(Visibility)),
        tuple(draw(st.lists(ANYTHING, max_size=2))),
        draw(FINDINGS),
        draw(ANYTHING),
        draw(st.floats()),
    )


def number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def assert_valid(text: str) -> dict[str, Any]:
    """Raises unless ``text`` is a results file as documented."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"not JSON: {constant}")

    text.encode("utf-8")
    results = json.loads(text, parse_constant=refuse)
    assert results.keys() <= TOP
    assert number(results["score"])
    assert results["score"] >= 0
    assert number(results["execution_time"])
    assert {results[key] for key in ("output_format", "test_output_format", "test_name_format")} <= FORMATS
    assert results["visibility"] in VISIBILITIES
    assert isinstance(results["extra_data"], dict)
    for entry in results["leaderboard"]:
        assert entry.keys() <= {"name", "value", "order"}
        assert entry["order"] in {"asc", "desc"}
        assert number(entry["value"])
    for test in results["tests"]:
        assert_valid_test(test)
    assert not any(ord(c) < 32 and c not in "\n\t" for c in "".join(strings(results)))
    return results


def assert_valid_test(test: dict[str, Any]) -> None:
    assert test.keys() <= TEST
    assert ("score" in test) == ("max_score" in test) == ("status" in test)
    if "score" in test:
        assert number(test["score"])
        assert 0 <= test["score"] <= test["max_score"]
        assert test["status"] in {"passed", "failed"}
    assert test["visibility"] in VISIBILITIES
    assert {test["output_format"], test["name_format"]} == {"text"}
    assert isinstance(test["number"], str)
    assert all(isinstance(tag, str) for tag in test["tags"])
    assert len(test["output"]) <= MAX_OUTPUT


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [s for pair in value.items() for part in pair for s in strings(part)]
    if isinstance(value, list):
        return [s for item in value for s in strings(item)]
    return [value] if isinstance(value, str) else []


def one(outcome: Outcome, score: float = 0.0, **more: Any) -> dict[str, Any]:
    check = CheckResult("2.3", "It holds", "torch", outcome, score, 6, **more)
    return to_results(Report("a", checks=(check,), complete=True))["tests"][0]


def test_sample(report, golden):
    assert_valid(to_json(report))
    golden("results.json", json.dumps(to_results(report), indent=1, ensure_ascii=False) + "\n")


@given(st.lists(checks(), max_size=4), ANYTHING, st.floats(), st.floats())
def test_whatever_comes_in_valid_results_come_out(found, text, seconds, value):
    report = Report(
        text,
        title=text,
        checks=tuple(found),
        data=text,
        devices=(DeviceUse(text, text, text, text),),
        versions={text: text},
        leaderboard=(LeaderboardEntry(text, value),),
        curves=(Curve("keras", (value,)),),
        started=text,
        seconds=seconds,
    )
    assert_valid(to_json(report))


def test_the_validator_can_fail(report):
    good = to_results(report)
    for bad in (
        {**good, "score": math.nan},
        {**good, "scroe": 1},
        {**good, "execution_time": "1.5"},
        {**good, "tests": [{**good["tests"][0], "score": 99}]},
        {**good, "tests": [{**good["tests"][0], "visibility": "visble"}]},
        {**good, "leaderboard": [{"name": "a", "value": 1, "sort": "asc"}]},
    ):
        with pytest.raises((AssertionError, KeyError)):
            assert_valid(json.dumps(bad))


def test_passed():
    test = one(Outcome.PASSED, 6)
    assert (test["score"], test["max_score"], test["status"]) == (6, 6, "passed")
    assert (test["number"], test["name"]) == ("2.3", "It holds (PyTorch)")
    assert test["output"] == "Evidence: verified (the grader recomputed this from data)."


def test_partial_credit_is_not_a_pass():
    test = one(Outcome.FAILED, 4.5, finding=Finding("Nearly."))
    assert (test["score"], test["max_score"], test["status"]) == (4.5, 6, "failed")
    assert test["output"].startswith("Partly right.\n\nNearly.")


def test_failed_lays_the_finding_out():
    finding = Finding("Wrong.", "this", "that\nand that", "Try this.", "average-pooling", "Traceback")
    test = one(Outcome.FAILED, finding=finding, evidence=Evidence.ATTESTED)
    assert test["output"] == (
        "Wrong.\n\nExpected: this\nFound:    that\n          and that\nTry:      Try this.\n\n"
        "Evidence: attested (the confined process that runs the submission reported this).\n\nDetails:\nTraceback"
    )
    assert test["extra_data"]["misconception"] == "average-pooling"


def test_skipped_is_no_failure_in_words():
    test = one(Outcome.SKIPPED, note="It rests on 2.1: the model can't be built.")
    assert (test["score"], test["status"]) == (0, "failed")
    assert test["output"].startswith("Skipped, not judged wrong.\n\nIt rests on 2.1")
    assert test["tags"] == ["skipped"]


def test_pending_has_no_points_yet():
    test = one(Outcome.PENDING)
    assert (test["score"], test["max_score"], test["status"]) == (0, 6, "failed")
    assert test["output"].startswith("Not graded yet:")


def test_ungraded_is_information():
    test = one(Outcome.UNGRADED, note="This machine has no GPU.")
    assert not {"score", "max_score", "status"} & test.keys()
    assert test["tags"] == ["not graded here"]
    assert "This machine has no GPU." in test["output"]


@pytest.mark.parametrize("score", [0, 6])
def test_error_is_the_graders_fault_and_never_a_pass(score):
    test = one(Outcome.ERROR, score)
    assert test.get("status") != "passed"
    assert ("score" in test) == (score > 0)
    for words in ("The grader itself failed", "The staff have been told", "costs you no points", "graded again"):
        assert words in test["output"]
    assert ("Its 6 points are still open." in test["output"]) == (score == 0)


@pytest.mark.parametrize("visibility", Visibility)
def test_visibility_is_kept(visibility):
    assert one(Outcome.PASSED, 6, visibility=visibility)["visibility"] == visibility.value


def test_the_sentence_on_top_tells_nothing_of_hidden_checks():
    visible = CheckResult("1.1", "Seen", outcome=Outcome.PASSED, score=2, max_score=2)
    sentences = set()
    for score in (0, 5):
        hidden = CheckResult("1.2", "Unseen", "", Outcome.FAILED, score, 10, visibility=Visibility.HIDDEN)
        results = to_results(Report("a", checks=(visible, hidden), complete=True))
        assert results["score"] == 2 + score
        sentences.add(results["output"])
    assert len(sentences) == 1
    assert sentences.pop().startswith("2 of 2 points (1 passed).\n1 further check is not shown here, and not counted.")


def test_nothing_secret(report):
    text = to_json(replace(report, student_output={"keras": "PRINTED"}))
    assert "STAFF" not in text
    assert "4242" not in text
    assert "PRINTED" not in text


def test_megabytes_are_cut_with_a_marker():
    megabytes = "x" * 5_000_000
    for finding in (Finding("a", details=megabytes + "END"), Finding(*[megabytes] * 6)):
        test = one(Outcome.FAILED, finding=finding, note=megabytes)
        assert MAX_OUTPUT * 0.5 < len(test["output"]) <= MAX_OUTPUT
        assert "characters left out" in test["output"]
    assert one(Outcome.FAILED, finding=Finding("a", details=megabytes + "END"))["output"].endswith("END")


def test_student_text_stays_text():
    results = to_results(Report("a", checks=(CheckResult("1", "<b>n</b>", finding=Finding("<script>x</script>")),)))
    formats = {results["output_format"], results["test_output_format"], results["test_name_format"]}
    assert formats == {"text"}
    assert "<script>x</script>" in results["tests"][0]["output"]


def test_leaderboard_leaves_out_what_is_not_a_number(report):
    bad = LeaderboardEntry("bad", math.nan)
    assert to_results(replace(report, leaderboard=(*report.leaderboard, bad)))["leaderboard"] == [
        {"name": "hidden accuracy", "value": 0.912, "order": "desc"},
        {"name": "CPU seconds", "value": 12.5, "order": "asc"},
    ]


def test_a_report_without_checks_is_valid():
    results = assert_valid(to_json(Report("a")))
    assert (results["score"], results["tests"]) == (0, [])


def test_what_counts_is_the_score_and_the_reason_stands_on_top(report):
    late = HandIn(40.0, days_late=1, penalty=8.5833, remarks=("Handed in 1 day after the due date; it costs.",))
    results = to_results(replace(report, hand_in=late))
    assert results["score"] == 40.0
    assert results["extra_data"]["score"] == report.score
    assert results["output"].startswith("Handed in 1 day after the due date; it costs.\n")
    assert [test.get("score") for test in results["tests"]] == [t.get("score") for t in to_results(report)["tests"]]


def test_what_was_not_graded_says_why_and_has_a_score():
    results = json.loads(without_tests(12.5, "Not graded.\0" + "x" * 20_000, needs_regrading=True))
    assert results.keys() <= TOP
    assert (results["score"], results["tests"]) == (12.5, [])
    assert len(results["output"]) <= 8_000
    assert "\0" not in results["output"]
    assert results["extra_data"]["needs_regrading"] is True
