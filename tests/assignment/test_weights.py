"""Checks and rubric have to agree."""

import pytest

from autograder.assignment import checks_must_add_up, load
from autograder.errors import AssignmentError

RIGHT = {"1.1": 4, "1.2": 6, "2.1": 2, "2.2": 10}  # 2.1 is overridden by 5


def complaint(folder, weights) -> str:
    with pytest.raises(AssignmentError) as caught:
        checks_must_add_up(load(folder), weights)
    return str(caught.value).replace(f"{folder}/assignment.toml:", "")


def test_checks_that_add_up(tiny):
    checks_must_add_up(load(tiny), RIGHT)


def test_thirds_add_up_in_spite_of_rounding(tiny):
    checks_must_add_up(load(tiny), {"1.1": 10 / 3, "1.2": 10 / 3, "1.3": 10 / 3, "2.1": 1, "2.2": 10})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"1.2": 7}, "6: task 1's checks add up to 11, not to 10: 4 (1.1) + 7 (1.2)"),
        ({"2.2": 11}, "7: task 2's checks add up to 16, not to 15: 5 (2.1) + 11 (2.2)"),
        ({"3.1": 5}, "8: task 3's checks add up to 5, not to 0, since it says graded = false: 5 (3.1)"),
        ({"4.1": 5}, "check 4.1 belongs to no task of 5; tasks are 1, 2, 3"),
    ],
)
def test_checks_that_do_not(tiny, change, words):
    assert complaint(tiny, RIGHT | change) == words


def test_overrides_of_checks_that_are_not_there(tiny):
    words = complaint(tiny, {"1.1": 10, "2.3": 15})
    assert words.splitlines() == [
        "38: there is no check 2.1; did you mean '2.3'?",
        "41: there is no check 2.2; did you mean '2.3'?",
    ]


def test_a_task_without_checks(tiny):
    assert "6: task 1's checks add up to 0, not to 10: there are none" in complaint(tiny, {"2.1": 5, "2.2": 10})


def test_a_misspelt_number_is_reported_before_any_sum(tiny):
    file = tiny / "assignment.toml"
    file.write_text(file.read_text().replace('"2.1" = 5', '"2.11" = 50'))
    said = complaint(tiny, RIGHT)
    assert "there is no check 2.11" in said
    assert "did you mean" in said
    assert "add up" not in said
