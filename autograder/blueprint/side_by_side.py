"""The same model in both frameworks, layer by layer: how many numbers each layer has, and why the counts differ."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.blueprint.alignment import align
from autograder.blueprint.framework import Framework
from autograder.blueprint.matching import fitting, matches
from autograder.report import TwinLayer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograder.blueprint.alignment import Alignment
    from autograder.blueprint.matching import StudentParameter
    from autograder.blueprint.model import Blueprint

_MOST_EXTRA = 20  # layers that the handout doesn't have, of each model


@dataclass(frozen=True)
class _Column:
    """One framework's side. Numbers by the name of the layer; ``found`` is None of a model that there isn't."""

    framework: Framework
    wanted: Mapping[str, int]
    held: Mapping[str, str]
    found: Mapping[str, int] | None = None
    misfits: frozenset[str] = frozenset()  # layers whose arrays aren't the handout's
    extra: Mapping[str, int] | None = None


def twin_layers(
    blueprint: Blueprint, students: Mapping[Framework, Sequence[StudentParameter] | None]
) -> tuple[TwinLayer, ...]:
    """The student's two models set beside each other and beside the handout's.

    Args:
        blueprint: What the handout asks for.
        students: The arrays of each model, at the blueprint's sizes; None of a model that couldn't be built.

    Returns:
        The handout's layers that have parameters, in order; then the student's that the handout doesn't have.
    """
    keras, torch = (_column(blueprint.of(framework), framework, students[framework]) for framework in Framework)
    layers = [_layer(label, keras, torch) for label in keras.wanted if keras.wanted[label] or torch.wanted[label]]
    for column in (keras, torch):
        for owner, size in list((column.extra or {}).items())[:_MOST_EXTRA]:
            in_keras, in_torch = (size if column is side else _none(side) for side in (keras, torch))
            why = f"The handout has no such layer; it is in your {column.framework.label} model."
            layers.append(TwinLayer(owner[:60], in_keras, in_torch, 0, 0, "bad", why))
    return tuple(layers)


def _none(column: _Column) -> int | None:
    return None if column.found is None else 0


def _column(blueprint: Blueprint, framework: Framework, students: Sequence[StudentParameter] | None) -> _Column:
    form = fitting(blueprint, framework, students) if students is not None else blueprint
    wanted = {s.layer.label: sum(p.counted for p in s.parameters(framework)) for s in form.steps if s.layer.label}
    held = {step.layer.label: step.layer.held(step.input, framework) for step in form.steps if step.layer.label}
    if students is None:
        return _Column(framework, wanted, held)
    if next(matches(form, framework, students), None) is not None:
        return _Column(framework, wanted, held, wanted)
    return _misfit(_Column(framework, wanted, held), align(blueprint, framework, students), blueprint)


def _misfit(column: _Column, alignment: Alignment, blueprint: Blueprint) -> _Column:
    """The column of a model whose arrays aren't the handout's, each counted where it most likely belongs."""
    stateful = any(not parameter.trainable for parameter in blueprint.parameters(column.framework))
    found = Counter(dict.fromkeys(column.wanted, 0))
    for pair in alignment.pairs:
        if pair.found is not None and (pair.parameter.trainable or not stateful):
            found[pair.step.layer.label] += math.prod(pair.found.shape)
    misfits = {pair.step.layer.label for pair in alignment.pairs if not pair.fits}
    homes = {pair.found.owner: pair.step.layer.label for pair in alignment.pairs if pair.found and pair.found.owner}
    extra: Counter[str] = Counter()
    for student in alignment.extra:
        size = math.prod(student.shape) if student.trainable or not stateful else 0
        if student.owner in homes:  # a second layer or direction within the same module
            found[homes[student.owner]] += size
            misfits.add(homes[student.owner])
        else:
            extra[student.owner or student.name] += size
    return _Column(column.framework, column.wanted, column.held, found, frozenset(misfits), extra)


def _layer(label: str, keras: _Column, torch: _Column) -> TwinLayer:
    columns = keras, torch
    counts = [None if column.found is None else column.found[label] for column in columns]
    bad = any(label in column.misfits for column in columns)
    mark = "bad" if bad else "" if None in counts else "ok"
    why = [_by_nature(label, keras, torch), *(_by_mistake(label, column) for column in columns)]
    wanted = keras.wanted[label], torch.wanted[label]
    return TwinLayer(label, counts[0], counts[1], *wanted, mark, " ".join(filter(None, why)))


def _by_nature(label: str, keras: _Column, torch: _Column) -> str:
    """Why right twins differ in this layer; empty if they don't."""
    if keras.held[label] == torch.held[label]:
        return ""
    return f"Keras has {keras.held[label]}; PyTorch has {torch.held[label]}."


def _by_mistake(label: str, column: _Column) -> str:
    if column.found is None or label not in column.misfits:
        return ""
    wanted, found = column.wanted[label], column.found[label]
    if wanted == found:
        return f"Your {column.framework.label} layer has as many as it should, in arrays of other shapes."
    if not found:
        return f"Your {column.framework.label} model doesn't have this layer."
    direction = "more than the handout's" if found > wanted else "fewer than the handout's"
    return f"Your {column.framework.label} layer has {abs(found - wanted):,} {direction}."
