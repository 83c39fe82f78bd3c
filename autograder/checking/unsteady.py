"""Models that answer something else each time: because of dropout, or because they remember what came before."""

from __future__ import annotations

from itertools import islice

from autograder.blueprint import Framework, Tolerance, fitting, matches
from autograder.checking.grading import Grading
from autograder.checking.models import build, drawn_sizes
from autograder.errors import Finding, SubmissionError

MOST_READINGS = 8  # orders of equal-shaped parameters to try

_ADVICE = {
    Framework.KERAS: "Leave out stateful=True, and create no variables for the state.",
    Framework.TORCH: "Don't keep the states in the module: a recurrent layer that gets none begins with zeros.",
}
KEEPS_STATE = {
    framework: Finding(
        "The model keeps its state from one call to the next: the same texts get other outputs the second time.",
        expected="every text read from a state of zeros",
        found="the handout's outputs at the first call, and others at the second",
        advice=advice,
        misconception="state-kept",
    )
    for framework, advice in _ADVICE.items()
}


def keeps_state(grading: Grading, framework: Framework) -> bool:
    """Whether a fresh model gives the handout's outputs at its first call, and others at the second.

    Dropout that stays on gives others already at the first.
    """
    found: bool = grading.once(("keeps state", framework), lambda: _keeps_state(grading, framework))
    return found


def _keeps_state(grading: Grading, framework: Framework) -> bool:
    sizes, rng = drawn_sizes(grading, 0), grading.rng("keeps state", framework.value)
    inputs = grading.inputs(rng, sizes)
    model = build(grading, framework, sizes)
    truth = fitting(grading.blueprint(sizes, framework), framework, model.parameters)
    weights = truth.random_weights(rng, framework)
    wanted = truth.forward(weights, inputs)
    for match in islice(matches(truth, framework, model.parameters), MOST_READINGS):
        fresh = build(grading, framework, sizes)
        try:
            fresh.set_weights(match.to_student(weights))
            if Tolerance().agrees(fresh.forward(inputs, training=False), wanted):
                return not Tolerance().agrees(fresh.forward(inputs, training=False), wanted)
        except SubmissionError:
            return False
    return False
