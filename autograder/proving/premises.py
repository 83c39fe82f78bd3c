"""What can be told of an assignment before anything is graded: what is out of date, given away or unfair."""

from __future__ import annotations

from pathlib import Path

from autograder.assignment import Assignment
from autograder.blueprint import Framework
from autograder.grading.handout import out_of_date
from autograder.proving.bounds import NAME as CALIBRATION
from autograder.proving.bounds import doubts
from autograder.proving.calibrate import Job
from autograder.proving.calibration import load_calibration
from autograder.release.build import leaks
from autograder.release.prose import of_other_models


def wrong_as_handed_out(assignment: Assignment, solution: Path) -> list[str]:
    """What is wrong with what students would get, in sentences: what is out of date, of another model, or secret.

    Args:
        assignment: With the data that students have.
        solution: Folder of the master sources.

    Raises:
        AssignmentError: Weights don't add up, or files are missing or make no sense, so that it can't be told.
    """
    given_away = [f"students would get {leak}" for leak in leaks(assignment, solution)]
    return [*out_of_date(assignment, solution), *of_other_models(assignment), *given_away]


def unfair_bounds(assignment: Assignment, solution: Path) -> list[str]:
    """Why the bounds for the data in use can't be relied on; nothing where nothing is trained."""
    if assignment.training is None or assignment.data is None:
        return []
    kept = solution / CALIBRATION
    runs = load_calibration(kept) if kept.is_file() else None
    bounds = {framework: assignment.thresholds_for(framework.value) for framework in Framework}
    return doubts(Job(assignment, solution, assignment.data.source), runs, bounds)
