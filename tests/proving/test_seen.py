"""A check that nothing has failed, or passed, is told."""

from __future__ import annotations

from autograder.proving.cases import Case, Kind
from autograder.proving.seen import never_seen
from autograder.proving.verify import Verdict
from autograder.report import Outcome

PASSED, FAILED, SKIPPED = Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED


def verdict(kind: Kind, *outcomes: tuple[str, str, Outcome]) -> Verdict:
    return Verdict(Case(kind, "it", {}), 1.0, 1.0, 1.0, (), (), 0.1, (), outcomes)


def test_a_check_that_has_passed_and_failed_is_not_told():
    seen = [verdict(Kind.SOLUTION, ("2.1", "keras", PASSED)), verdict(Kind.MUTANT, ("2.1", "keras", FAILED))]
    assert never_seen(seen) == []


def test_a_check_that_no_mistake_fails_is_told_for_its_framework():
    both = verdict(Kind.SOLUTION, ("2.1", "keras", PASSED), ("2.1", "torch", PASSED), ("2.4", "", PASSED))
    mutant = verdict(Kind.MUTANT, ("2.1", "keras", FAILED), ("2.4", "", SKIPPED))
    assert never_seen([both, mutant]) == [
        "check 2.1 torch was never seen to fail: add a known mistake that it has to catch",
        "check 2.4 was never seen to fail: add a known mistake that it has to catch",
    ]


def test_what_the_stub_skips_shows_nothing_and_what_it_fails_does():
    passed = verdict(Kind.SOLUTION, ("2.1", "keras", PASSED), ("2.2", "keras", PASSED))
    stub = verdict(Kind.STUB, ("2.1", "keras", FAILED), ("2.2", "keras", SKIPPED))
    (unseen,) = never_seen([passed, stub])
    assert unseen.startswith("check 2.2 keras was never seen to fail")


def test_a_check_that_is_never_passed_is_told():
    ungraded = verdict(Kind.SOLUTION, ("3.6", "torch", Outcome.UNGRADED))
    said = never_seen([ungraded, verdict(Kind.MUTANT, ("3.6", "torch", FAILED))])
    assert said == ["check 3.6 torch was never seen to pass: no correct submission was judged by it"]
