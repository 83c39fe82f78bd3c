"""Which device this machine's workers have for device checks, asked of one that serves no submission."""

from __future__ import annotations

from autograder.assignment import Limits
from autograder.errors import InternalError, SubmissionError
from autograder.sandbox.accelerators import REAL
from autograder.sandbox.places import Place
from autograder.student.handle import Student, Submission
from autograder.student.values import DeviceInUse
from autograder.student.zygotes import Zygote

NOTHING = "nothing"


def offer(zygote: Zygote) -> DeviceInUse:
    """What a worker of this framework is given where a real device is wanted. It is confined as any other.

    Raises:
        InternalError: There is no worker, or it can't make any device ready.
    """
    with Place("offer") as place:
        (place.path / f"{NOTHING}.py").touch()
        framework = zygote.framework
        student = Student(Submission(place.path, {framework: NOTHING}), {framework: zygote}, Limits())
        try:
            return student.module(framework).another(device=REAL).device
        except SubmissionError as error:  # there is none: whatever went wrong is ours
            raise InternalError(f"{framework.label} can't say which device it has: {error}") from error
        finally:
            student.close()
