"""What a grade rests on, told from the first word of a report on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.checking.recorder import Recorder
from autograder.errors import AssignmentError, what_to_do
from autograder.grading.fingerprints import content_hash, package_hash, sources
from autograder.report import Basis

if TYPE_CHECKING:
    from autograder.grading.session import Order


def basis_of(order: Order, data: Path | None) -> Basis:
    """All of it that is known before the submission has been opened.

    Args:
        order: What is to be graded, and how.
        data: Where its data lies; None where that is generated.

    Raises:
        AssignmentError: A file of the assignment, its solution or its data can't be read.
    """
    return Basis(
        seed=order.seed,
        data_seed=order.data_seed,
        hidden=order.hidden,
        device=order.device,
        only=order.only,
        frameworks=tuple(framework.value for framework in order.frameworks),
        assignment=_assignment_hash(order, data),
        grader=package_hash(),
    )


def identify(recorder: Recorder, submission: str, taken_as: Mapping[str, str] | None = None) -> None:
    """Enter which submission it is, before the first check.

    Args:
        recorder: Of the grading.
        submission: The hash of its files; empty where they can't be read.
        taken_as: As in :class:`Basis`.
    """
    basis = recorder.report.basis
    if basis is not None:
        recorder.amend(basis=replace(basis, submission=submission, taken_as=dict(taken_as or {})))


def _assignment_hash(order: Order, data: Path | None) -> str:
    assignment, solution = order.assignment, order.solution
    # Without a solution it is a student's own folder, whose modules are what is graded there.
    own = {f"{name}.py" for name in assignment.modules.values()} if solution is None else set()
    folders = [assignment.folder] if solution is None else sources(assignment.folder, solution)
    try:
        found = content_hash([*folders, *([data] if data else [])], own)
    except OSError as error:
        raise AssignmentError(f"{error.filename}: {what_to_do(error)}") from error
    source = assignment.data.source if assignment.data else ""
    return hashlib.sha256(f"{found} {source}".encode()).hexdigest()
