"""A grade that is not what it has to be is reported, with the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autograder.errors import Finding
from autograder.proving.cases import Case, Kind
from autograder.proving.verify import judge
from autograder.report import CheckResult, Outcome, Report

MUTANT = Case(Kind.MUTANT, "no-relu", {}, task="2", misconception="no-relu")


def result(number: str, outcome: Outcome, key: str = "", score: float = 0.0, note: str = "") -> CheckResult:
    full = outcome is Outcome.PASSED
    finding = Finding(f"It is {key}.", misconception=key) if outcome is Outcome.FAILED else None
    return CheckResult(number, "It is.", "torch", outcome, 2.0 if full else score, 2.0, finding=finding, note=note)


def problems(case: Case, *checks: CheckResult) -> list[str]:
    return list(judge(case, Report("text-cnn", checks=checks, complete=True)).problems)


PASSED = [result(number, Outcome.PASSED) for number in ("1.1", "2.3", "3.1")]


def with_(*changed: CheckResult) -> list[CheckResult]:
    numbers = {check.number for check in changed}
    return sorted([*(c for c in PASSED if c.number not in numbers), *changed], key=lambda check: check.number)


def test_a_mutant_that_is_caught_and_named_in_its_task():
    verdict = judge(MUTANT, Report("text-cnn", checks=tuple(with_(result("2.3", Outcome.FAILED, "no-relu")))))
    assert verdict.problems == ()
    assert (verdict.score, verdict.max_score) == (4, 6)
    assert (verdict.lost, verdict.named) == (("2.3",), ("no-relu",))


def test_a_mutant_that_is_not_caught():
    assert problems(MUTANT, *PASSED) == ["not caught in task 2", "named nothing; its mistake is no-relu"]


def test_a_mutant_that_is_caught_in_another_task():
    said = problems(MUTANT, *with_(result("3.1", Outcome.FAILED, "no-relu")))
    assert said == ["check 3.1 torch lost points, outside task 2", "not caught in task 2"]


def test_a_mutant_that_is_charged_in_another_task_as_well():
    failed = result("2.3", Outcome.FAILED, "no-relu")
    for elsewhere in (Outcome.FAILED, Outcome.SKIPPED):
        said = problems(MUTANT, *with_(failed, result("3.1", elsewhere, "no-relu")))
        assert said == ["check 3.1 torch lost points, outside task 2"]


@pytest.mark.parametrize(("key", "said"), [("", "named nothing"), ("no-bias", "named no-bias")])
def test_a_mutant_that_is_not_named(key, said):
    assert problems(MUTANT, *with_(result("2.3", Outcome.FAILED, key))) == [f"{said}; its mistake is no-relu"]


def test_a_mutant_that_makes_two_mistakes_is_named_by_both():
    two = replace(MUTANT, misconception="no-relu+no-bias")
    assert problems(two, *with_(result("2.3", Outcome.FAILED, "no-bias+no-relu"))) == []
    assert problems(two, *with_(result("2.3", Outcome.FAILED, "no-relu"))) == [
        "named no-relu; its mistake is no-bias, no-relu"
    ]


def test_a_mutant_that_is_named_as_something_else_too():
    both = [result("2.3", Outcome.FAILED, "no-relu"), result("2.4", Outcome.FAILED, "tie-order")]
    said = ["named no-relu, tie-order; its mistake is no-relu"]
    assert problems(MUTANT, *with_(*both)) == said
    assert problems(MUTANT, *with_(result("2.3", Outcome.FAILED, "no-relu+tie-order"))) == said


def test_partial_credit_is_a_loss_and_what_cannot_be_graded_is_none():
    partly = result("2.3", Outcome.FAILED, "no-relu", score=1.0)
    assert problems(MUTANT, *with_(partly, result("3.1", Outcome.UNGRADED))) == []


@pytest.mark.parametrize("kind", [Kind.SOLUTION, Kind.VARIANT])
def test_what_is_right_must_not_lose_points(kind):
    case = Case(kind, "right", {})
    assert problems(case, *PASSED) == []
    assert problems(case, *with_(result("2.3", Outcome.FAILED, "no-relu"))) == [
        "check 2.3 torch lost points: It is no-relu."
    ]
    skipped = result("2.3", Outcome.SKIPPED, note="It rests on 2.1.")
    assert problems(case, *with_(skipped)) == ["check 2.3 torch lost points: It rests on 2.1."]
    assert problems(case, *with_(result("2.3", Outcome.UNGRADED))) == []


def test_a_stub_must_not_win_points():
    case = Case(Kind.STUB, "stub", {})
    nothing = [result(number, Outcome.FAILED, "not-written-yet") for number in ("1.1", "2.3", "3.1")]
    assert problems(case, *nothing) == []
    assert problems(case, *nothing[:2], PASSED[2]) == ["check 3.1 torch gives the stub 2 points"]


@pytest.mark.parametrize("kind", Kind)
def test_an_error_of_the_grader_is_a_problem_in_every_case(kind):
    case = Case(kind, "any", {}, task="2", misconception="no-relu")
    report = Report("text-cnn", checks=(result("1.1", Outcome.ERROR),), staff_notes=("Check 1.1\nTraceback\nOops: no",))
    assert judge(case, report).problems[:2] == ("check 1.1 torch: an error of the grader", "Oops: no")


def test_a_mutant_may_make_the_checks_of_another_task_impossible_but_not_fail_them():
    caught = result("2.3", Outcome.FAILED, "no-relu")
    stops = replace(MUTANT, skips=("1",))
    assert problems(stops, *with_(caught, result("1.1", Outcome.SKIPPED))) == []
    assert problems(stops, *with_(caught, result("1.1", Outcome.FAILED, "no-relu")))
    assert problems(MUTANT, *with_(caught, result("1.1", Outcome.SKIPPED)))


def test_a_mistake_in_the_model_is_charged_by_its_count_its_outputs_and_the_twins_alone():
    model = replace(MUTANT, together=("2.2", "2.3", "2.4"))
    charged = [result(number, Outcome.FAILED, "no-relu") for number in model.together]
    verdict = judge(model, Report("text-cnn", checks=tuple(with_(*charged))))
    assert verdict.problems == ()
    assert (verdict.own, verdict.lost_in_all) == (2.0, 6.0)
    for outcome in (Outcome.FAILED, Outcome.SKIPPED):
        again = result("2.7", outcome, "no-relu")
        said = problems(model, *with_(*charged, again))
        assert said == [
            "check 2.7 torch lost points: a mistake in the model costs at most 2.2, 2.3, 2.4; is it charged twice?"
        ]
        assert problems(replace(model, also=("2.7",)), *with_(*charged, again)) == []
