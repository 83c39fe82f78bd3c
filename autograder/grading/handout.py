"""What a handout's tables are made of, gathered from an assignment, its checks, its data and its solution."""

from __future__ import annotations

from pathlib import Path

from autograder.assignment import Assignment
from autograder.blueprint import Framework
from autograder.checking.recorder import Recorder
from autograder.datasets import Dataset, build_vocabulary, load_dataset
from autograder.grading.session import Order, collect_only
from autograder.release import drift, master_sources
from autograder.release.handout import Facts, renew
from autograder.release.masters import read
from autograder.release.student import HANDOUT
from autograder.report import CheckResult, Report


def handout_facts(assignment: Assignment, solution: Path) -> Facts:
    """Gather them.

    Args:
        assignment: With the data that students have.
        solution: Folder of the master sources.

    Raises:
        AssignmentError: The checks, the data or a master source are at fault.
    """
    sources = master_sources(solution, assignment.modules.values())
    masters = {framework: sources[f"{assignment.modules[framework.value]}.py"] for framework in Framework}
    checks = _checks(assignment)
    seen = _seen(assignment)
    if seen is None:
        return Facts(assignment, assignment.sizes, checks, masters)
    return Facts(_counted(assignment, seen), {**assignment.sizes, **_sizes_of(assignment, seen)}, checks, masters)


def renewed(assignment: Assignment, solution: Path) -> str:
    """The text of the handout with its tables as they have to be.

    Raises:
        AssignmentError: As :func:`handout_facts`; or the handout is missing, or its markers are wrong.
    """
    readme = assignment.folder / HANDOUT
    return renew(read(readme), handout_facts(assignment, solution), str(readme))


def out_of_date(assignment: Assignment, solution: Path) -> list[str]:
    """A message for each stub that isn't what the master sources give, and for a handout whose tables aren't right.

    Raises:
        AssignmentError: As :func:`renewed`.
    """
    messages = drift(solution, assignment.modules.values(), assignment.folder)
    readme = assignment.folder / HANDOUT
    if renewed(assignment, solution) != read(readme):
        messages.append(f"{readme}: its tables are out of date; run `autograder stubs {assignment.folder.name}`")
    return messages


def _seen(assignment: Assignment) -> Dataset | None:
    """The data that students have; None where nothing is trained."""
    data = assignment.data
    if data is None:
        return None
    return load_dataset(data.source, path=assignment.data_path, train=data.train, test=data.test, seed=data.public_seed)


def _counted(assignment: Assignment, seen: Dataset) -> Assignment:
    """The assignment with the numbers of its texts, which files needn't declare."""
    if assignment.data is None:
        return assignment
    numbers = {"train": len(seen.train.texts), "test": len(seen.test.texts)}
    return assignment.model_copy(update={"data": assignment.data.model_copy(update=numbers)})


def _sizes_of(assignment: Assignment, seen: Dataset) -> dict[str, int]:
    """The model's sizes that follow from the data."""
    if assignment.text is None:
        return {}
    vocabulary = build_vocabulary(seen.train.texts, assignment.text.max_tokens)
    return {"vocab_size": len(vocabulary), "num_classes": len(seen.classes)}


def _checks(assignment: Assignment) -> tuple[CheckResult, ...]:
    recorder = Recorder(Report(assignment.name))
    collect_only(Order(assignment, assignment.folder, solution=None, seed=0, hidden=False), recorder)
    return recorder.report.checks
