"""Task "devices", for both frameworks: which devices a program has is the choice of whoever starts it."""

from __future__ import annotations

from autograder.blueprint import Framework
from autograder.checking.device_requests import Request, asked_for, chosen
from autograder.checking.grading import Grading
from autograder.checking.keras_on_device import DRAW, KERAS, SETTINGS, built, fitted, ordinary, predicted, some_texts
from autograder.checking.models import build, drawn_sizes
from autograder.errors import SubmissionError
from autograder.student.handle import Module


def leaves_choice(grading: Grading, framework: Framework) -> str:
    """Raise SubmissionError if the code hides GPUs, or insists on certain ones, for the whole program."""
    build(grading, framework, drawn_sizes(grading, DRAW))  # what stops it here has been told in task 2
    if framework is KERAS:
        ordinary(grading)
        seen = built(grading), predicted(grading), fitted(grading)
        requests = [request for part in seen for request in part.requests if request.kind == "chooses"]
    else:
        requests = _torch_requests(grading)
    if finding := chosen(requests):
        raise SubmissionError(finding)
    return "No line hides a GPU, or chooses one for the whole program."


def _torch_requests(grading: Grading) -> list[Request]:
    """What PyTorch code asks for when it is imported, builds, predicts and trains; what it raises others tell."""

    def look() -> list[Request]:
        module = grading.student.module(Framework.TORCH).another("simulated")
        try:
            return _attempts(grading, module)
        except SubmissionError:
            return []
        finally:
            module.end()

    found: list[Request] = grading.once(("torch device", "requests"), look)
    return found


def _attempts(grading: Grading, module: Module) -> list[Request]:
    sizes = drawn_sizes(grading, DRAW)
    texts = some_texts(grading, sizes)
    try:
        made = grading.build(module, sizes)
        made.predict_on_device(texts[0])
        made.fit_on_device(*texts, **SETTINGS)
    except SubmissionError:
        pass  # the trace tells of what came before
    return asked_for(module.take_trace())
