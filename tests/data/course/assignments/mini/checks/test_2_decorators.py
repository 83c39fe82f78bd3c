"""Task 2: gradescope-utils' decorators."""

import math

import pytest
from gradescope_utils.autograder_utils.decorators import (
    hide_errors,
    leaderboard,
    number,
    partial_credit,
    tags,
    visibility,
    weight,
)

from autograder.blueprint import Framework


@number("2.1")
@weight(2)
@visibility("after_due_date")
@tags("words", "later")
def test_shown_later(end):
    """This is shown after the due date."""
    end()


@number("2.2")
@weight(2)
@hide_errors("Something about the answer is wrong.")
def test_hidden_errors(end, note):
    """The reason stays hidden."""
    end()


@number("2.3")
@partial_credit(4)
@pytest.mark.parametrize("framework", Framework)
def test_partial(said, framework, set_score=None):  # noqa: PT028 - gradescope-utils' own form
    """The score is what the submission says."""
    if said not in ("right", "none"):
        points, _, then = said.partition(" ")
        set_score(points if points == "words" else float(points))
        assert not then, then
    if said == "right":
        set_score(2)


@number("2.4")
@weight(2)
@leaderboard("letters", "asc")
def test_leaderboard(said, set_leaderboard_value=None):  # noqa: PT028 - likewise
    """The answer's length goes to the leaderboard."""
    set_leaderboard_value(math.nan if said == "nan" else len(said))
    assert said != "wrong"
