"""The rubric and the checks have to agree; the pytest plugin asks once it has collected the checks."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.assignment.assignment import Assignment
from autograder.assignment.problems import did_you_mean
from autograder.errors import AssignmentError


def checks_must_add_up(assignment: Assignment, weights_by_number: Mapping[str, float]) -> None:
    """Compare the checks that were collected with the rubric.

    Args:
        assignment: Its tasks, and its overrides, which are applied here.
        weights_by_number: Points of each check, by number, summed over its cases (frameworks).

    Raises:
        AssignmentError: With every check of no task and every override of no check; where there is none, with every
            task whose checks don't add up to its points.
    """
    # A number that is misspelt makes the sums wrong as well: what is known of it comes first.
    mistakes = _strays(assignment, weights_by_number) or _sums(assignment, weights_by_number)
    if mistakes:
        raise AssignmentError("\n".join(mistakes))


def _sums(assignment: Assignment, weights: Mapping[str, float]) -> list[str]:
    mistakes = []
    for index, task in enumerate(assignment.tasks):
        own = {n: assignment.weight_of(n, w) for n, w in weights.items() if n.split(".")[0] == str(task.number)}
        total, wanted = sum(own.values()), task.points if task.graded else 0.0
        if abs(total - wanted) > 1e-6:
            sums = " + ".join(f"{weight:g} ({number})" for number, weight in own.items()) or "there are none"
            why = "" if task.graded else ", since it says graded = false"
            place = assignment.where("tasks", index, "points")
            mistakes.append(f"{place}: task {task.number}'s checks add up to {total:g}, not to {wanted:g}{why}: {sums}")
    return mistakes


def _strays(assignment: Assignment, weights: Mapping[str, float]) -> list[str]:
    tasks = [str(task.number) for task in assignment.tasks]
    mistakes = [
        f"check {number} belongs to no task of {assignment.where('tasks')}; tasks are {', '.join(tasks)}"
        for number in weights
        if number.split(".")[0] not in tasks
    ]
    for table, overrides in (("weights", assignment.weights), ("visibility", assignment.visibility)):
        mistakes += [
            f"{assignment.where(table, number)}: there is no check {number}{did_you_mean(number, weights)}"
            for number in overrides
            if number not in weights
        ]
    return mistakes
