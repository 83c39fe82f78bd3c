"""A text without words is a text: all of its ids are padding, and the model has an answer for it."""

from __future__ import annotations

import numpy as np

from autograder.blueprint import Blueprint, Framework, Tolerance, Weights, explain_logits
from autograder.checking.grading import Grading
from autograder.checking.identify import Identity
from autograder.checking.models import judged_model
from autograder.checking.verdicts import RestsOn
from autograder.errors import Finding, SubmissionError
from autograder.student.model import Floats, Inputs, Model

EMPTY = [1, 4]  # rows of a batch of TEXTS; where a batch has words too, all of it has to come out right
TEXTS = 6


def without_words(grading: Grading, framework: Framework) -> str:
    """Compare what the model makes of texts without words with what a hidden state of zero gives.

    They stand among other texts, and alone. For models whose last state is zero where there was no word.

    Raises:
        SubmissionError: The model stops, or answers something else; with the known mistake, where there is one.
        RestsOn: It answers something else, and 2.3 names a mistake that may be the reason. Where it surely is, the
            mistake is charged there, and not again.
    """
    model, identity = judged_model(grading, framework)
    if identity is None or identity.blueprint.mixes_examples:
        raise RestsOn("What the model computes isn't known, so its answer to an empty text can't be judged: mend 2.3.")
    rng = grading.rng("without words", framework.value)
    weights = identity.blueprint.random_weights(rng, framework)
    model.set_weights(identity.match.to_student(weights))
    among = grading.inputs(rng, model.sizes, TEXTS)
    among[EMPTY] = 0
    as_handout = [_judge(model, identity, weights, batch) for batch in (among, among[EMPTY])]
    if not all(as_handout):
        return "A text without words gets the logits of your own model: what is wrong with that, 2.3 has charged."
    return "The logits of a text without words are the output layer's bias."


def of_zero_state(blueprint: Blueprint, framework: Framework, weights: Weights, batch: Inputs) -> Floats:
    """What a model gives for a hidden state of zero, float64 [n, num_classes]: its own, whatever is wrong with it.

    A state of zero and an output layer whose kernel is zero come to the same: its bias, and what stands behind it.
    """
    kernel = [p.name for p in blueprint.parameters(framework) if p.role == "kernel"][-1]
    return blueprint.forward({**weights, kernel: np.zeros_like(weights[kernel])}, batch)


def _judge(model: Model, identity: Identity, weights: Weights, batch: Inputs) -> bool:
    """Whether empty texts get the handout's answer; if not, they get the one of the mistake that 2.3 has charged."""
    label = model.framework.label
    try:
        found = model.forward(batch, training=False)
    except SubmissionError as error:
        if "NaN" in error.finding.message:
            raise _no_number(label, identity) from error
        raise SubmissionError(
            Finding(
                f"Your {label} model stops at a text without words.",
                expected="the output layer's bias: such a text leaves the hidden state at zero",
                found=error.finding.message,
                advice="pack_padded_sequence takes no text of length 0: give it at least 1, and put zeros in place of "
                "that text's state.",
                misconception="empty-text-stops",
                details=error.finding.details,
            )
        ) from error
    empty = ~batch.any(axis=1)
    wanted = identity.blueprint.forward(weights, batch)
    as_computed = Tolerance().agrees(found, wanted)
    wanted[empty] = of_zero_state(identity.blueprint, model.framework, weights, batch)[empty]
    if Tolerance().agrees(found, wanted):
        return True
    if identity.right:
        raise SubmissionError(_other_answer(model, identity, weights, batch, found, wanted))
    if as_computed:
        return False
    raise RestsOn(
        "A text without words doesn't get the output layer's bias alone, and 2.3 names a mistake that may be the "
        "reason: mend that first."
    )


def _no_number(label: str, identity: Identity) -> SubmissionError:
    """A mean over no words is 0 / 0, for instance."""
    if not identity.right:
        return RestsOn(
            "A text without words gets NaN, and 2.3 names a mistake that may be the reason: mend that first."
        )
    return SubmissionError(
        Finding(
            f"Your {label} model gives NaN for a text without words.",
            expected="the output layer's bias: such a text leaves the hidden state at zero",
            found="NaN",
            advice="Look for a division by the number of words, which is 0 here.",
            misconception="empty-text-nan",
        )
    )


def _other_answer(
    model: Model, identity: Identity, weights: Weights, batch: Inputs, found: Floats, wanted: Floats
) -> Finding:
    variant = explain_logits(identity.blueprint, model.framework, weights, batch, found, Tolerance())
    worst = np.unravel_index(np.abs(np.nan_to_num(found, nan=np.inf) - wanted).argmax(), wanted.shape)
    says = "; it also ".join(m.says for m in variant.misconceptions) if variant else ""
    return Finding(
        f"Your {model.framework.label} model {says or 'gives other logits for a text without words'}.",
        expected=f"{wanted[worst]:.4f} for class {worst[1]}: the hidden state is zero, the output layer's bias is left",
        found=f"{found[worst]:.4f}",
        advice="" if says else "Put zeros in place of the state of a text that has no words.",
        misconception="+".join(m.key for m in variant.misconceptions) if variant else "",
    )
