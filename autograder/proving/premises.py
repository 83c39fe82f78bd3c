"""What can be told of an assignment before anything is graded: what is out of date, given away or unfair."""

from __future__ import annotations

from pathlib import Path

from autograder.assignment import Assignment
from autograder.blueprint import Framework
from autograder.datasets.labelled import rare_classes
from autograder.grading.handout import out_of_date
from autograder.grading.reference import data_seed
from autograder.grading.session import Order, dataset_of
from autograder.proving.bounds import NAME as CALIBRATION
from autograder.proving.bounds import doubts
from autograder.proving.calibrate import Job
from autograder.proving.calibration import load_calibration
from autograder.release.build import leaks
from autograder.release.prose import of_other_models
from autograder.release.student import PYTEST


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


def wrong_as_declared(assignment: Assignment) -> list[str]:
    """What a declaration says, or its folder lacks, without an effect that anybody could have meant."""
    folder, data = assignment.folder.resolve(), assignment.data
    wrong = []
    if assignment.name != folder.name:
        wrong.append(f"{assignment.where('name')}: name = {assignment.name!r}, but its folder is {folder.name!r}, by"
                     " which it is found: make them the same")  # fmt: skip
    if not (folder / PYTEST).is_file():
        wrong.append(f"{folder / PYTEST} is missing: it has the fixtures of the checks; copy another assignment's")
    if data and data.source != "builtin" and "public_seed" in data.model_fields_set and not _drawn(assignment):
        wrong.append(f"{assignment.where('data', 'public_seed')}: data.public_seed has no use: all texts of the"
                     f" {data.source} data are taken as they are; remove the line")  # fmt: skip
    return wrong


def odd_data(assignment: Assignment, solution: Path) -> list[str]:
    """What is odd about the data that students have and that they are graded with, though it can be used.

    Raises:
        AssignmentError: Either can't be read or makes no sense, so that no grading could go on.
    """
    if assignment.data is None:
        return []
    said = []
    for hidden in (False, True):
        order = Order(assignment, assignment.folder, solution, 0, hidden=hidden, data_seed=data_seed(solution))
        said += rare_classes(dataset_of(order), "hidden data" if hidden else "data")
    return said


def _drawn(assignment: Assignment) -> bool:
    """Whether a seed decides which texts of files are taken."""
    path, data = assignment.data_path, assignment.data
    sizes = data is not None and (data.train is not None or data.test is not None)
    return sizes or (path is not None and path.is_file())
