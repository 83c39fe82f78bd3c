"""One submission from end to end, with real workers: every way in which a check can end, and what is said of it."""

from __future__ import annotations

import json

import pytest

from autograder.errors import AssignmentError, Finding, InternalError
from autograder.report import CheckResult, Evidence, LeaderboardEntry, Outcome, Report, Visibility

SECRET = Finding("A secret: the answer is 42.", "42", "41", "Add 1.", "off-by-one")


@pytest.fixture
def grade(mini, grader):
    """Grade a submission whose modules answer so; the answers are PyTorch's where there is but one table."""

    def grade(torch=(), keras=(), **order) -> Report:
        return grader.grade(mini.order(mini.submit(dict(keras), dict(torch)), **order))

    return grade


def result(report: Report, number: str, case: str = "") -> CheckResult:
    (found,) = [check for check in report.checks if (check.number, check.case) == (number, case)]
    return found


def one(report: Report) -> CheckResult:
    (found,) = report.checks
    return found


def test_all_right(grade):
    report = grade()
    assert {check.outcome for check in report.checks} == {Outcome.PASSED}
    assert (report.score, report.max_score, report.needs_regrading) == (20, 20, False)
    assert [(check.number, check.case) for check in report.checks[:5]] == [
        *(("1.1", "keras"), ("1.1", "torch"), ("1.2", "keras"), ("1.2", "torch"), ("1.10", ""))
    ]
    assert (report.assignment, report.title, len(report.tasks)) == ("mini", "A small assignment", 2)
    assert {"autograder", "pytest", "keras", "torch", "numpy"} <= report.versions.keys()
    assert {layer.name for layer in report.sandbox} >= {"other user", "hidden data unreadable"}
    assert Report.from_json(report.to_json()) == report


def test_endings_are_told_apart(grade):
    keras = {"1.1": "partly", "1.2": "ungraded"}
    torch = {"1.1": "wrong", "1.2": "rests", "1.10": "skip", "2.1": "some answer", "2.4": "fail"}
    report = grade(torch, keras)

    partly, wrong = result(report, "1.1", "keras"), result(report, "1.1", "torch")
    assert (partly.outcome, partly.score, partly.finding) == (Outcome.FAILED, 0.5, Finding("A quarter is right."))
    assert (wrong.outcome, wrong.score, wrong.finding) == (Outcome.FAILED, 0, SECRET)
    assert {partly.note, wrong.note} == {"Asked once."}  # it is shown whatever the outcome

    ungraded, rests = result(report, "1.2", "keras"), result(report, "1.2", "torch")
    assert (ungraded.outcome, ungraded.note) == (Outcome.UNGRADED, "There is no reference here.")
    assert (rests.outcome, rests.note) == (Outcome.SKIPPED, "There is nothing to look at: mend 1.1 first.")
    assert rests.finding is None

    skip = result(report, "1.10")
    assert (skip.outcome, skip.note) == (Outcome.UNGRADED, "This machine has no GPU.")
    plain = result(report, "2.1")  # a bare assert of the check
    assert (plain.outcome, plain.finding) == (Outcome.FAILED, Finding("The answer is 'some answer'."))

    assert report.max_score == 20 - 2 - 2  # what can't be graded here can't be won and isn't lost
    assert report.score == 0.5 + 2 + 4 + 2
    assert not report.needs_regrading
    assert not report.staff_notes


def test_pytest_fail_is_the_students_failure(grade):
    failed = one(grade({"1.10": "fail"}, only=("1.10",)))
    assert (failed.outcome, failed.finding) == (Outcome.FAILED, Finding("Two and two make four."))


@pytest.mark.parametrize(("ending", "error"), [("crash", "ZeroDivisionError: the instructor"), ("exit", "SystemExit")])
def test_the_graders_own_errors_cost_no_points(grade, ending, error):
    report = grade({"1.1": ending, "1.2": "wrong"}, only=("1",))
    own = result(report, "1.1", "torch")
    assert (own.outcome, own.score, own.finding) == (Outcome.ERROR, 0, None)
    assert result(report, "1.2", "torch").outcome is Outcome.FAILED  # grading goes on
    assert report.needs_regrading
    (note,) = report.staff_notes
    assert note.startswith("Check 1.1 torch: an error of the grader\nTraceback")
    assert error in note
    assert "_pytest" not in note  # from the check's frame on
    assert "test_1_endings.py" in note


def test_an_assertion_of_the_grader_itself_costs_no_points(mini, grade):
    calls_us = """from autograder.blueprint import Framework
from autograder.checking.architecture import _unnamed
from autograder.checking.identify import Probe
"""
    mini.change("checks/conftest.py", "import pytest\n", f"import pytest\n\n{calls_us}")
    mini.change("checks/conftest.py", "raise ZeroDivisionError(", "_unnamed(Probe(None, False), Framework.KERAS) # (")
    report = grade({"1.10": "crash"}, only=("1.10",))
    assert one(report).outcome is Outcome.ERROR
    assert "AssertionError" in report.staff_notes[0]


def test_one_finding_is_charged_once(grade):
    same = {"1.1": "wrong", "1.2": "wrong"}
    report = grade(same, same)
    for case in ("keras", "torch"):  # each framework's own
        assert result(report, "1.1", case).finding == SECRET
        later = result(report, "1.2", case)
        assert (later.outcome, later.finding) == (Outcome.SKIPPED, None)
        assert later.note == "Rests on what check 1.1 found: A secret: the answer is 42."


def test_a_module_that_fails_to_import_is_charged_once_and_names_the_line(mini, grader):
    report = grader.grade(mini.order(mini.submit(torch="import os\n\nraise KeyError('no such word')\n"), only=("1",)))
    assert {check.outcome for check in report.checks if check.case == "keras"} == {Outcome.PASSED}
    first, second = result(report, "1.1", "torch"), result(report, "1.2", "torch")
    assert first.outcome is Outcome.FAILED
    assert "KeyError" in first.finding.message
    assert first.finding.found == "torch_mini.py, line 3, in <module>: raise KeyError('no such word')"
    assert second.outcome is Outcome.SKIPPED
    assert "check 1.1" in second.note


def test_what_the_students_code_prints_is_kept_apart(mini, grader):
    noisy = "print('\\x1b[2J{\"score\": 100}')\n" + "def build_vocabulary(texts, max_tokens):\n    return ['right']\n"
    report = grader.grade(mini.order(mini.submit(torch=noisy), only=("1.1",)))
    assert "score" in report.student_output["torch"]
    assert "keras" not in report.student_output
    assert report.score == 4


# -- gradescope-utils' decorators


def test_visibility_tags_and_evidence(grade):
    report = grade()
    later = result(report, "2.1")
    assert (later.visibility, later.tags) == (Visibility.AFTER_DUE_DATE, ("words", "later"))
    assert result(report, "1.1", "keras").visibility is Visibility.VISIBLE
    assert result(report, "1.1", "keras").evidence is Evidence.VERIFIED
    assert result(report, "1.2", "keras").evidence is Evidence.ATTESTED
    assert report.verified_share == 0.8


def test_assignment_toml_overrides_visibility_and_weights(mini, grade):
    with (mini.assignment / "assignment.toml").open("a") as toml:
        toml.write('[weights]\n"1.1" = 6\n"1.2" = 2\n\n[visibility]\n"2.1" = "hidden"\n')
    report = grade()
    assert [check.max_score for check in report.checks[:4]] == [3, 3, 1, 1]
    assert result(report, "2.1").visibility is Visibility.HIDDEN


def test_hide_errors_replaces_all_that_the_check_found(grade):
    hidden = one(grade({"2.2": "wrong"}, only=("2.2",)))
    assert (hidden.outcome, hidden.finding) == (Outcome.FAILED, Finding("Something about the answer is wrong."))
    skipped = one(grade({"2.2": "rests"}, only=("2.2",)))
    assert (skipped.outcome, skipped.note, skipped.finding) == (Outcome.SKIPPED, "", None)
    ungraded = one(grade({"2.2": "ungraded"}, only=("2.2",)))
    assert ungraded.note == "There is no reference here."


@pytest.mark.parametrize(
    ("points", "score", "outcome"),
    [
        ("0", 0, Outcome.FAILED),
        ("0.5", 0.5, Outcome.FAILED),
        ("2", 2, Outcome.PASSED),
        ("99", 2, Outcome.PASSED),
        ("-1", 0, Outcome.FAILED),
        ("1.5 and then it fails", 0, Outcome.FAILED),
        ("nan", 0, Outcome.ERROR),
        ("words", 0, Outcome.ERROR),
        ("none", 0, Outcome.ERROR),  # it never sets a score: full marks would be a gift, and none a theft
    ],
)
def test_partial_credit(grade, points, score, outcome):
    report = grade({"2.3": points}, only=("2.3",))
    assert (result(report, "2.3", "torch").outcome, result(report, "2.3", "torch").score) == (outcome, score)
    assert result(report, "2.3", "keras").score == 2
    assert report.needs_regrading is (outcome is Outcome.ERROR)
    assert len(report.staff_notes) == report.needs_regrading


def test_a_score_leaks_neither_into_the_next_case_nor_into_the_next_run(grade):
    first = grade(keras={"2.3": "0.5 and then it fails"}, torch={"2.3": "none"}, only=("2.3",))
    assert [check.score for check in first.checks] == [0, 0]
    assert first.checks[1].outcome is Outcome.ERROR
    again = grade(keras={"2.3": "none"}, torch={"2.3": "1"}, only=("2.3",))
    assert [(check.outcome, check.score) for check in again.checks] == [(Outcome.ERROR, 0), (Outcome.FAILED, 1)]


def test_our_own_set_score_fixture(mini, grade):
    mini.check(
        '''
from gradescope_utils.autograder_utils.decorators import number, weight


@number("3.1")
@weight(2)
def test_more(set_score):
    """A fixture sets the score."""
    set_score(1.25)
'''
    )
    assert one(grade(only=("3",))).score == 1.25


def test_leaderboard(grade):
    assert grade({"2.4": "four"}, only=("2.4",)).leaderboard == (LeaderboardEntry("letters", 4.0, ascending=True),)
    nothing = grade({"2.4": "nan"}, only=("2.4",))
    assert (nothing.leaderboard, nothing.score) == ((), 2)
    assert json.loads(nothing.to_json())["leaderboard"] == []


# -- pytest's own ways


def test_parametrization_beyond_frameworks_and_marks(mini, grade):
    mini.check(
        '''
import pytest
from gradescope_utils.autograder_utils.decorators import number, weight

from autograder.blueprint import Framework


@number("3.1")
@weight(2)
@pytest.mark.parametrize("length", [3, pytest.param(5, marks=pytest.mark.skip(reason="Five is too long."))])
@pytest.mark.parametrize("framework", Framework)
def test_more(framework, length):
    """Works for every length."""
    assert length == 3
'''
    )
    report = grade(only=("3.1",))
    assert [(c.case, c.outcome, c.max_score) for c in report.checks] == [
        ("keras-3", Outcome.PASSED, 0.5),
        ("keras-5", Outcome.UNGRADED, 0.5),
        ("torch-3", Outcome.PASSED, 0.5),
        ("torch-5", Outcome.UNGRADED, 0.5),
    ]
    assert report.checks[1].note == "Five is too long."


@pytest.mark.parametrize("name", ["PYTEST_ADDOPTS", "PYTEST_PLUGINS"])
def test_the_environment_of_whoever_grades_changes_nothing(grade, monkeypatch, name):
    monkeypatch.setenv(name, "-k tenth")
    assert len(grade(only=("1",)).checks) == 5


def test_checks_are_read_anew_for_each_grading(mini, grade):
    assert one(grade(only=("1.10",))).name.startswith("The tenth")
    mini.change("checks/test_1_endings.py", "The tenth", "An edited check")
    assert one(grade(only=("1.10",))).name.startswith("An edited check")


def test_only_selects_a_check_or_a_task_and_names_the_known_ones(grade):
    assert {check.number for check in grade(only=("1.1", "2.2")).checks} == {"1.1", "2.2"}  # and not 1.10
    assert {check.number for check in grade(only=("2",)).checks} == {"2.1", "2.2", "2.3", "2.4"}
    with pytest.raises(AssignmentError) as caught:
        grade(only=("2.5",))
    assert str(caught.value) == "there is no check 2.5; there are 1.1, 1.2, 1.10, 2.1, 2.2, 2.3, 2.4"


def test_listeners_hear_of_each_check_once(mini, grader):
    heard = []

    class Listener:
        def started(self, check):
            heard.append(("started", check.number, check.outcome))

        def changed(self, report, latest):
            if latest is not None:
                pending = sum(check.outcome is Outcome.PENDING for check in report.checks)
                heard.append(("ended", latest.number, pending))

    report = grader.grade(mini.order(mini.submit(), only=("2",)), [Listener()])
    starts = [entry[1] for entry in heard if entry[0] == "started"]
    assert starts == [check.number for check in report.checks]
    assert [entry[2] for entry in heard if entry[0] == "ended"] == [4, 3, 2, 1, 0]
    assert all(entry[2] is Outcome.PENDING for entry in heard if entry[0] == "started")


def test_an_error_of_pytest_itself_says_what_it_was(mini, grade, capfd):
    with (mini.assignment / "checks" / "conftest.py").open("a") as file:
        file.write("\n\ndef pytest_runtestloop(session):\n    raise OSError('boom')\n")
    with pytest.raises(InternalError, match="boom"):
        grade()
    assert capfd.readouterr() == ("", "")
