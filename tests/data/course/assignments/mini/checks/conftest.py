"""A fixture as a prerequisite: it asks the submission how the check is to end."""

import pytest

from autograder.blueprint import Framework
from autograder.checking.verdicts import NotGradable, Partial, RestsOn
from autograder.errors import Finding, SubmissionError


@pytest.fixture
def said(grading, request):
    """What ``build_vocabulary([number], 1)`` of the framework's module answers."""
    framework = getattr(request.node, "callspec", None)
    framework = framework.params["framework"] if framework else Framework.TORCH
    return grading.student.module(framework).build_vocabulary([request.function.__number__], 1)[0]


@pytest.fixture
def end(said):
    def end():
        match said:
            case "wrong":
                raise SubmissionError(Finding("A secret: the answer is 42.", "42", "41", "Add 1.", "off-by-one"))
            case "partly":
                raise Partial(0.25, Finding("A quarter is right."))
            case "rests":
                raise RestsOn("There is nothing to look at: mend 1.1 first.")
            case "ungraded":
                raise NotGradable("There is no reference here.")
            case "skip":
                pytest.skip("This machine has no GPU.")
            case "fail":
                pytest.fail("Two and two make four.")
            case "crash":
                raise ZeroDivisionError("the instructor divides by zero")
            case "exit":
                raise SystemExit(0)
        assert said == "right", f"The answer is {said!r}."

    return end
