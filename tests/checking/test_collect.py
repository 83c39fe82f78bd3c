"""The checks are read by pytest, without a worker; nonsense is refused before anything is graded."""

from __future__ import annotations

import pytest

from autograder.checking.collect import order
from autograder.checking.recorder import Recorder
from autograder.errors import AssignmentError
from autograder.grading.session import collect_only
from autograder.report import Outcome, Report

HEAD = """\
import pytest
from gradescope_utils.autograder_utils.decorators import number, partial_credit, visibility, weight

from autograder.blueprint import Framework

"""
GOOD = '@number("3.1")\n@weight(2)\ndef test_more():\n    """More."""\n'


@pytest.fixture
def collect(mini):
    """Read the checks of the assignment with these more in it."""

    def collect(more: str = "", **order) -> tuple:
        if more:
            mini.check(HEAD + more)
        recorder = Recorder(Report("mini"))
        collect_only(mini.order(mini.submit(), **order), recorder)
        return recorder.report.checks

    return collect


@pytest.fixture
def refused(collect):
    def refused(more: str = "", **order) -> list[str]:
        with pytest.raises(AssignmentError) as caught:
            collect(more, **order)
        return str(caught.value).splitlines()

    return refused


def test_all_are_pending_in_the_rubrics_order(collect):
    found = collect(GOOD)
    numbers = list(dict.fromkeys(check.number for check in found))
    assert numbers == ["1.1", "1.2", "1.10", "2.1", "2.2", "2.3", "2.4", "3.1"]
    assert {check.outcome for check in found} == {Outcome.PENDING}
    assert found[-1].name == "More."
    assert sum(check.max_score for check in found) == 22


def test_numbers_are_ordered_as_numbers():
    assert sorted(["2.10", "10.1", "2.9", "2.9.1"], key=order) == ["2.9", "2.9.1", "2.10", "10.1"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('@number("3.1")\n', "", "test_more: give the check a number, as in @number("),
        ('"3.1"', '"three"', "test_more: give the check a number, as in @number("),
        ('"3.1"', '"3"', "test_more: give the check a number, as in @number("),
        ('"3.1"', '"3.01"', "test_more: give the check a number, as in @number("),
        ("@weight(2)\n", "", "test_more: give the check its points, as in @weight(6)"),
        ("@weight(2)", "@weight('2')", "test_more: give the check its points, as in @weight(6)"),
        ("@weight(2)", "@weight(-2)", "test_more: give the check its points, as in @weight(6)"),
        ("@weight(2)", "@weight(float('nan'))", "test_more: give the check its points, as in @weight(6)"),
        ("@weight(2)", "@weight(2)\n@visibility('hiden')", "visibility 'hiden' is none of visible, hidden, after_"),
        ("@weight(2)", "@weight(2)\n@visibility(None)", "visibility None is none of visible, hidden, after_"),
        (
            '    """More."""\n',
            "    assert True\n",
            "test_more: its docstring's first line is the check's name; write one",
        ),
        ('"""More."""', '""" """', "test_more: its docstring's first line is the check's name; write one"),
        ("", "", ""),
    ],
)
def test_nonsense_is_refused(refused, collect, old, new, said):
    if not said:  # the same text is fine as it is
        assert collect(GOOD)
        return
    (mistake,) = refused(GOOD.replace(old, new))
    assert said in mistake
    assert "test_3_more" in mistake


def test_all_mistakes_are_told_at_once(refused):
    mistakes = refused('def test_one():\n    """One."""\n\n\n@number("3.1")\ndef test_two():\n    pass\n')
    assert len(mistakes) == 4
    assert sum("test_one" in mistake for mistake in mistakes) == 2


def test_two_checks_with_one_number(refused):
    assert refused(GOOD.replace("3.1", "1.2")) == ["number 1.2 stands on test_second and test_more"]


def test_a_second_function_of_the_same_name_hides_the_first(refused):
    assert "add up to 1, not to 2" in refused(GOOD + "\n\n" + GOOD.replace("3.1", "3.2").replace("2)", "1)"))[0]


@pytest.mark.parametrize(("weight", "total"), [(1, "1"), (2.5, "2.5")])
def test_weights_that_do_not_add_up(refused, weight, total):
    (mistake,) = refused(GOOD.replace("weight(2)", f"weight({weight})"))
    assert f"task 3's checks add up to {total}, not to 2: {total} (3.1)" in mistake
    assert "assignment.toml:10" in mistake


def test_a_check_of_no_task(refused):
    assert any("check 4.1 belongs to no task" in mistake for mistake in refused(GOOD.replace("3.1", "4.1")))


def test_an_unknown_framework(refused):
    parametrized = '@pytest.mark.parametrize("framework", ["keras", "jax"])\n' + GOOD.replace(
        "test_more()", "test_more(framework)"
    )
    (mistake,) = refused(parametrized)
    assert mistake.endswith("test_more[jax]: framework 'jax' is none of keras, torch")


@pytest.mark.parametrize("only", ["2.9", "3", "x", "1.1.1"])
def test_an_unknown_number_is_refused_with_the_known_ones(refused, only):
    assert refused(only=(only,)) == [f"there is no check {only}; there are 1.1, 1.2, 1.10, 2.1, 2.2, 2.3, 2.4"]


def test_a_check_that_cannot_be_imported_says_where(refused):
    said = "\n".join(refused("import a_module_that_is_nowhere\n\n\n" + GOOD))
    assert said.startswith("the checks can't be loaded:")
    assert "a_module_that_is_nowhere" in said
    assert "test_3_more.py" in said


def test_checks_folder_missing_or_empty(mini, refused):
    for file in (mini.assignment / "checks").glob("test_*.py"):
        file.unlink()
    assert any("there are none" in mistake for mistake in refused())
    (mini.assignment / "checks").rename(mini.assignment / "cheques")
    assert "has no folder checks/" in refused()[0]


def test_another_assignments_checks_of_the_same_file_name_are_not_taken(mini, collect):
    assert collect()[0].name == "The answer is right."
    for number in range(2):
        mini.change(
            "checks/test_1_endings.py", "The answer is right." if not number else "Other 0.", f"Other {number}."
        )
        moved = mini.assignment.rename(mini.assignment.with_name(f"another-{number}"))
        moved.rename(mini.assignment)
        assert collect()[0].name == f"Other {number}."


def test_parametrized_by_framework_alone_and_more(collect):
    two = '@pytest.mark.parametrize("framework", ["torch", Framework.KERAS])\n@pytest.mark.parametrize("n", [3, 4])\n'
    found = collect(two + GOOD.replace("test_more()", "test_more(framework, n)"))[-4:]
    assert [check.case for check in found] == ["keras-3", "keras-4", "torch-3", "torch-4"]
    assert {check.max_score for check in found} == {0.5}
