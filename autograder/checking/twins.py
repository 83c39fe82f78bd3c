"""Twin parity: are the Keras model and the PyTorch model the same model? Both stand beside the grader's own."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.blueprint import Framework, LogSoftmax, PerFramework, Softmax, StudentParameter, twin_layers
from autograder.checking.grading import Grading
from autograder.checking.models import drawn_sizes, handout_model
from autograder.checking.shared_weights import Twin, differ_by_design, gaps, twin
from autograder.checking.verdicts import RestsOn
from autograder.errors import Finding, SubmissionError
from autograder.report import Gap, Parity


def parity(grading: Grading) -> str:
    """Compare the two models with each other and with the oracle, under the same weights on the same inputs.

    The report gets the three differences, and the parameters layer by layer, whatever comes out.

    Returns:
        The differences and the counts, in two sentences.

    Raises:
        SubmissionError: The twins differ; it says which of them agrees with the handout.
        RestsOn: What one of them computes isn't known.
    """
    twins = [twin(grading, framework) for framework in Framework]
    found = gaps(grading, twins)
    arrays = {framework: _arrays(grading, framework) for framework in Framework}
    layers = twin_layers(grading.blueprint(grading.sizes), arrays)
    report = Parity(_outputs(grading), _summary(found, twins), found, layers, _remarks(grading))
    grading.recorder.amend(parity=report)
    if unknown := [one.framework.label for one in twins if one.identity is None]:
        raise RestsOn(
            f"What the {' and the '.join(unknown)} model computes isn't known, so the twins can't be compared: mend "
            f"its outputs first. {_measured(found) if len(unknown) < len(found) - 1 else ''}".rstrip()
        )
    if not found[-1].agrees:
        raise SubmissionError(_differ(found, twins))
    return f"{_measured(found)} {_counts(report)}".strip()


def _arrays(grading: Grading, framework: Framework) -> Sequence[StudentParameter] | None:
    """Of the model at the handout's sizes; None where it can't be built."""
    try:
        return handout_model(grading, framework).parameters
    except SubmissionError:
        return None


def _outputs(grading: Grading) -> str:
    ends = grading.blueprint(grading.sizes).ends
    if ends is None:
        return "logits"
    kinds = {type(ends.of(f) if isinstance(ends, PerFramework) else ends) for f in Framework}
    return "probabilities" if Softmax in kinds and kinds <= {Softmax, LogSoftmax} else "outputs"


def _remarks(grading: Grading) -> tuple[str, ...]:
    """What differs between the twins by the handout's own wish."""
    blueprint, remarks = grading.blueprint(grading.sizes), []
    if isinstance(blueprint.ends, PerFramework):
        keras, torch = (blueprint.ends.of(framework) for framework in Framework)
        logarithms = ", so PyTorch's outputs are logarithms, which are undone here" if LogSoftmax() == torch else ""
        remarks.append(
            f"The handout's Keras model ends in {keras.words} and its PyTorch model in {torch.words}{logarithms}."
        )
    if differ_by_design(grading.blueprint(drawn_sizes(grading, 0))):
        remarks.append(
            "The handout's two models differ a little by themselves, as the table of layers says; the difference "
            "between Keras and PyTorch is what is left without that."
        )
    return tuple(remarks)


def _summary(found: Sequence[Gap], twins: Sequence[Twin]) -> str:
    if all(one.right for one in twins):
        return "Your two models are the same model, and it is the handout's." if found[-1].agrees else ""
    said = [_verdict(one) for one in twins]
    return " ".join([*said, *(["They agree with each other."] if found[-1].agrees else [])])


def _verdict(one: Twin) -> str:
    label = one.framework.label
    if one.reason:
        return one.reason
    if one.identity is None:
        return f"Your {label} model computes something else than the handout's: none of the mistakes that we know."
    return f"Your {label} model is the handout's." if one.right else f"Your {label} model {one.identity.says}."


def _differ(found: Sequence[Gap], twins: Sequence[Twin]) -> Finding:
    wrong = [one.framework.label for one in twins if not one.right]
    advice = {
        0: "Each by itself is the handout's model: does one keep something from call to call?",
        1: f"The {''.join(wrong)} model is the one that differs from the handout: see what the check of its outputs "
        "says.",
    }.get(len(wrong), "Both differ from the handout, in different ways: see what the checks of their outputs say.")
    if found[-1].difference is None:
        return Finding(
            "Your two models can't be given the same weights, so they are not the same model.",
            expected="at most 1e-4 between their outputs",
            found=found[-1].why,
            advice=advice,
        )
    return Finding(
        "Under the same weights your two models give different outputs.",
        expected="at most 1e-4 between them",
        found=f"a difference of up to {found[-1].difference:.2g}. {_from_oracle(found)}",
        advice=advice,
    )


def _measured(found: Sequence[Gap]) -> str:
    between = found[-1].difference
    start = "" if between is None else f"Largest difference between the twins: {between:.2g}. "
    return f"{start}{_from_oracle(found)}"


def _from_oracle(found: Sequence[Gap]) -> str:
    figures = {Framework(gap.one).label: gap.difference for gap in found[:2]}
    said = ", ".join(f"{'not known' if d is None else f'{d:.2g}'} in {label}" for label, d in figures.items())
    return f"From the grader's own forward pass: {said}."


def _counts(report: Parity) -> str:
    total = report.totals
    if total.keras is None or total.torch is None:
        return ""
    if total.keras == total.torch:
        return f"Each has {total.keras:,} parameters."
    causes = [f"{x.layer}: {x.why}" for x in report.layers if x.keras != x.torch]
    return f"Keras has {total.keras:,} parameters, PyTorch {total.torch:,}. {' '.join(causes)}".strip()
