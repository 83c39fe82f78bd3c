"""What this machine's workers have: devices for device checks, walls. Asked of one that serves no submission."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.assignment import Limits
from autograder.errors import InternalError, SubmissionError
from autograder.report import SandboxLayer
from autograder.sandbox.accelerators import REAL
from autograder.sandbox.places import Place
from autograder.student.handle import Student, Submission
from autograder.student.values import DeviceInUse
from autograder.student.zygotes import Zygote

NOTHING = "nothing"


def walls(zygote: Zygote, secrets: Sequence[Path]) -> tuple[SandboxLayer, ...]:
    """The layers of confinement of a worker of this framework, as it probed them.

    Args:
        zygote: Where it comes from.
        secrets: What it must be unable to read, besides a file that is made to be tried.

    Raises:
        InternalError: There is no worker.
    """
    with _nobody(zygote, secrets) as student:
        try:
            student.module(zygote.framework).worker()
        except SubmissionError as error:  # there is none: whatever went wrong is ours
            raise InternalError(f"{zygote.framework.label} has no worker: {error}") from error
        return student.sandbox()


def offer(zygote: Zygote) -> DeviceInUse:
    """What a worker of this framework is given where a real device is wanted. It is confined as any other.

    Raises:
        InternalError: There is no worker, or it can't make any device ready.
    """
    framework = zygote.framework
    with _nobody(zygote) as student:
        try:
            return student.module(framework).another(device=REAL).device
        except SubmissionError as error:  # there is none: whatever went wrong is ours
            raise InternalError(f"{framework.label} can't say which device it has: {error}") from error


@contextlib.contextmanager
def _nobody(zygote: Zygote, secrets: Sequence[Path] = ()) -> Iterator[Student]:
    """A submission of one empty module."""
    with Place("offer") as place:
        (place.path / f"{NOTHING}.py").touch()
        submission = Submission(place.path, {zygote.framework: NOTHING})
        student = Student(submission, {zygote.framework: zygote}, Limits(), secrets)
        try:
            yield student
        finally:
            student.close()
