"""What a student built instead: the known mistake that explains parameters or logits, or else the difference."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING, Any

from autograder.blueprint.alignment import align
from autograder.blueprint.differences import Line, advice, differences, headlines, in_amount
from autograder.blueprint.framework import Framework
from autograder.blueprint.matching import matches
from autograder.blueprint.model import Variant
from autograder.blueprint.tolerance import Tolerance, varies
from autograder.errors import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from autograder.blueprint.matching import StudentParameter
    from autograder.blueprint.model import Blueprint
    from autograder.blueprint.parameter import Array

_FIRST_ROWS = 8  # that a wrong model has to explain before the others are computed
_MOST_LINES = 12
_MOST_VARIANTS = 3  # named at once


def explain_logits(
    blueprint: Blueprint,
    framework: Framework,
    weights: Mapping[str, Array],
    token_ids: npt.NDArray[Any],
    logits: npt.NDArray[Any],
    tolerance: Tolerance | None = None,
) -> Variant | None:
    """The simplest known mistake that gives exactly these logits.

    Args:
        blueprint: What the handout asks for.
        framework: The student's framework.
        weights: What the student's model was given, by parameter name.
        token_ids: The probes; at least two.
        logits: What the student's model answered, [n, num_classes].
        tolerance: When logits agree.

    Returns:
        A variant with the same parameters whose logits agree everywhere; one without misconceptions if that is the
        handout's model written in another way (the gates of an LSTM in another order). None if there is none, if the
        logits are right, or if they are so much the same for all probes that agreement would prove nothing.
    """
    explained = explain_any(blueprint, framework, weights, token_ids, [logits], tolerance)
    return explained and explained[1]


def explain_any(
    blueprint: Blueprint,
    framework: Framework,
    weights: Mapping[str, Array],
    token_ids: npt.NDArray[Any],
    answers: Sequence[npt.NDArray[Any]],
    tolerance: Tolerance | None = None,
) -> tuple[int, Variant] | None:
    """The simplest known mistake that gives one of several answers, and that answer's place.

    The answers are a model's under several readings of its parameters. For the rest see `explain_logits`, which takes
    one of them; for many this is as fast as for one.
    """
    tolerance, blueprint = tolerance or Tolerance(), blueprint.of(framework)
    right = blueprint.forward(weights, token_ids)
    if any(tolerance.agrees(logits, right) for logits in answers):
        return None
    table = {name: array.shape for name, array in weights.items()}
    candidates = chain((Variant((), equal) for equal in blueprint.alternatives()), blueprint.variants())
    for variant in candidates:
        if variant.blueprint.has_table(table, framework):
            place = gives(variant.blueprint, weights, token_ids, answers, tolerance)
            if place is not None:
                return place, variant
    return None


def gives(
    wrong: Blueprint,
    weights: Mapping[str, Array],
    token_ids: npt.NDArray[Any],
    answers: Sequence[npt.NDArray[Any]],
    tolerance: Tolerance,
) -> int | None:
    """The place of the answer that the wrong model gives; None if there is none."""
    near = list(range(len(answers)))
    if not wrong.mixes_examples:
        first = wrong.forward(weights, token_ids[:_FIRST_ROWS])
        near = [i for i, logits in enumerate(answers) if tolerance.agrees(logits[:_FIRST_ROWS], first)]
    if not near:
        return None
    oracle = wrong.forward(weights, token_ids)
    if not varies(oracle, tolerance):
        return None
    return next((i for i in near if tolerance.agrees(answers[i], oracle)), None)


def explain_parameters(
    blueprint: Blueprint, framework: Framework, student_parameters: Sequence[StudentParameter], depth: int = 2
) -> Finding:
    """What to say of a model whose arrays don't fit the handout's.

    If they fit a known mistake, the finding names it; if they fit several, which only logits tell apart, it names each
    (and its ``misconception`` has all their keys, with ``|`` between). One model makes up to ``depth`` mistakes, whose
    keys then have ``+`` between. If they fit none, it says which layer differs,
    by how much, and what that amount usually is.
    """
    variants = _variants_that_fit(blueprint.of(framework), framework, student_parameters, depth)
    alignment = align(blueprint, framework, student_parameters)
    lines = headlines(alignment)
    return Finding(
        message=_headline(blueprint, framework, student_parameters, lines, variants),
        expected=f"{blueprint.count(framework):,} parameters",
        found=f"{counted(blueprint, framework, student_parameters):,} parameters",
        advice=advice(alignment, framework) if not variants else "",
        misconception="|".join(dict.fromkeys(variant.key for variant in variants)),
        details="\n".join(map(str, differences(alignment)[:_MOST_LINES])),
    )


def _variants_that_fit(
    blueprint: Blueprint, framework: Framework, student_parameters: Sequence[StudentParameter], depth: int
) -> list[Variant]:
    """The simplest known mistakes that have exactly these arrays; empty if the right model has them.

    Up to ``depth`` of them are made by one model. Those come alone that train as many numbers as the student's model
    does, if any do: state of a layer and parameters of another may have the same shapes.
    """
    if next(matches(blueprint, framework, student_parameters), None):
        return []
    fitting: list[Variant] = []
    for variant in blueprint.variants(depth):
        if fitting and len(variant.misconceptions) > len(fitting[0].misconceptions):
            break
        if next(matches(variant.blueprint, framework, student_parameters), None):
            fitting.append(variant)
    trainable = sum(math.prod(student.shape) for student in student_parameters if student.trainable)
    return [variant for variant in fitting if variant.blueprint.count(framework) == trainable] or fitting


def _headline(
    blueprint: Blueprint,
    framework: Framework,
    student_parameters: Sequence[StudentParameter],
    lines: Sequence[Line],
    variants: Sequence[Variant],
) -> str:
    wanted, found = blueprint.count(framework), counted(blueprint, framework, student_parameters)
    if wanted == found:
        start = f"The {framework.label} model has {found:,} parameters, as it should, but not in the right arrays"
    else:
        start = f"The {framework.label} model has {found:,} parameters, {in_amount(found - wanted)}"
    if variants:
        one_of = ", or of one that ".join(variant.says for variant in variants[:_MOST_VARIANTS])
        return f"{start}. Its arrays are those of a model that {one_of}."
    if len(lines) == 1:
        return f"{start}: {lines[0].text}."
    return f"{start}: {lines[0]}{_and_more(len(lines) - 1)}." if lines else f"{start}."


def _and_more(number: int) -> str:
    return f" (and {number} more {'difference' if number == 1 else 'differences'})" if number > 0 else ""


def counted(blueprint: Blueprint, framework: Framework, student_parameters: Sequence[StudentParameter]) -> int:
    """How many numbers the student's parameters are: state (a buffer, a moving mean) is no parameter.

    Where the handout's model has state, what isn't trained is taken for it.
    """
    has_state = any(not parameter.trainable for parameter in blueprint.parameters(framework))
    parameters = (p for p in student_parameters if not p.is_state and (p.trainable or not has_state))
    return sum(math.prod(p.shape) for p in parameters)
