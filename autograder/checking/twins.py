"""Twin parity: are the Keras model and the PyTorch model the same model?"""

from __future__ import annotations

import numpy as np

from autograder.blueprint import Framework, LogSoftmax, PerFramework, Tolerance, Weights
from autograder.checking.architecture import identity_of
from autograder.checking.grading import Grading
from autograder.checking.identify import Identity
from autograder.checking.models import drawn_model, drawn_sizes
from autograder.checking.verdicts import RestsOn
from autograder.errors import Finding, SubmissionError
from autograder.student.handle import Floats, Model


def parity(grading: Grading) -> str:
    """Compare the two models with each other, under the same weights on the same inputs.

    Returns:
        The largest difference, as a sentence.

    Raises:
        SubmissionError: They differ; it says which of them agrees with the handout.
    """
    identities = {framework: identity_of(grading, framework) for framework in Framework}
    if unknown := [f.label for f, identity in identities.items() if identity is None]:
        raise RestsOn(
            f"The {' and the '.join(unknown)} model can't be compared with its twin: what it computes "
            "isn't known. Mend its outputs first."
        )
    sizes = drawn_sizes(grading, 0)
    inputs = grading.inputs(grading.rng("twins"), sizes)
    found = {}
    for framework, identity in identities.items():
        assert identity is not None  # the unknown were turned away above  # noqa: S101 - for the type checker
        model = drawn_model(grading, framework, 0)
        model.set_weights(identity.match.to_student(_shared_weights(grading, identity, framework)))
        found[framework] = as_probabilities(grading, model, model.forward(inputs, training=False))
    keras, torch = found[Framework.KERAS], found[Framework.TORCH]
    if not Tolerance().agrees(keras, torch):
        wrong = [f.label for f, i in identities.items() if i is None or not i.right]
        raise SubmissionError(
            Finding(
                "Under the same weights your two models give different outputs.",
                expected="at most 1e-4 between them",
                found=f"a difference of up to {np.abs(keras - torch).max():.2g}",
                advice=f"The one that differs from the handout is in {' and '.join(wrong)}: see what the check of its "
                "outputs says.",
            )
        )
    return f"Largest difference between the twins: {np.abs(keras - torch).max():.1e}."


def _shared_weights(grading: Grading, identity: Identity, framework: Framework) -> Weights:
    """Weights that mean the same in both frameworks (an LSTM has one bias in Keras, two in PyTorch)."""
    plain = grading.blueprint(drawn_sizes(grading, 0))
    weights = plain.random_weights(grading.rng("twins' weights"), Framework.KERAS)
    if identity.right or identity.holds_weights_of(plain):
        return identity.blueprint.carry_over(weights, framework)
    return identity.blueprint.random_weights(grading.rng("twins' weights"), framework)


def as_probabilities(grading: Grading, model: Model, found: Floats) -> Floats:
    """Outputs that the handout wants to be different in the two frameworks, in one form; others as they are."""
    ends = grading.blueprint(model.sizes).ends
    if not isinstance(ends, PerFramework):
        return found
    return np.exp(found) if isinstance(ends.of(model.framework), LogSoftmax) else found
