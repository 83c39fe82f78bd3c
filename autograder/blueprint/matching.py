"""Which of a student's arrays is which parameter, in which layout.

Models register their parameters in any order, under any name and in any layout, so a student's array may fit several
parameters, and one parameter in several ways. Candidates come likeliest first; the logits decide.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import count, islice, permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.blueprint.layouts import layouts_of, mixed_layouts, shared_layouts
from autograder.blueprint.parameter import in_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from autograder.blueprint.framework import Framework
    from autograder.blueprint.layouts import Axes, Shape
    from autograder.blueprint.model import Blueprint
    from autograder.blueprint.parameter import Array, Parameter, Weights

_AT_ONCE = 64  # assignments whose shared layouts come before their mixed ones
MOST_ASSIGNMENTS = 1024  # of arrays to parameters, the likeliest: 12 arrays of one shape have 479,001,600


@dataclass(frozen=True)
class StudentParameter:
    """One array of a student's model: a parameter, or state such as a moving mean.

    Attributes:
        index: Its place in the model's own list, from 0.
        name: As the framework calls it, such as ``convs.0.weight``.
        layer: Class of the layer that owns it, if the framework tells.
        trainable: What the framework says of it. State counts as no parameter where the handout's model has state too.
        is_state: Whether the framework never trains it: a buffer, and no parameter that was frozen.
    """

    index: int
    name: str
    shape: Shape
    layer: str = ""
    trainable: bool = True
    is_state: bool = False

    @property
    def owner(self) -> str:
        """The layer or module that holds the array, by its name; else by its class; empty when unknown."""
        return self.name.replace("/", ".").rpartition(".")[0] or self.layer


@dataclass(frozen=True)
class Placement:
    """One parameter in one of the student's arrays: canonical axes in the order of ``axes``, as ``shape``.

    Before that, blocks of the last canonical axis are put in the order ``blocks``, if there is one.
    """

    parameter: Parameter
    index: int
    shape: Shape
    axes: Axes
    blocks: tuple[int, ...] = ()

    def to_student(self, array: Array) -> npt.NDArray[np.float32]:
        array = in_blocks(array, self.blocks)
        return np.ascontiguousarray(array.transpose(self.axes).reshape(self.shape), dtype=np.float32)

    def from_student(self, array: npt.NDArray[Any]) -> Array:
        inner = np.asarray(array, dtype=np.float64).reshape([self.parameter.shape[axis] for axis in self.axes])
        canonical = inner.transpose(np.argsort(self.axes))
        return np.ascontiguousarray(in_blocks(canonical, tuple(np.argsort(self.blocks))))


@dataclass(frozen=True)
class Match:
    """One way to read a student's arrays as the blueprint's parameters; placements in the blueprint's order."""

    framework: Framework
    placements: tuple[Placement, ...]

    def to_student(self, weights: Mapping[str, Array]) -> list[npt.NDArray[np.float32]]:
        """The weights as the student's arrays, in the student's order."""
        in_order = sorted(self.placements, key=lambda placement: placement.index)
        return [placement.to_student(weights[placement.parameter.name]) for placement in in_order]

    def from_student(self, arrays: Sequence[npt.NDArray[Any]]) -> Weights:
        """The student's arrays, in the student's order, as weights by parameter name."""
        in_order = sorted(self.placements, key=lambda placement: placement.index)
        read = {p.parameter.name: p.from_student(array) for p, array in zip(in_order, arrays, strict=True)}
        return {placement.parameter.name: read[placement.parameter.name] for placement in self.placements}


def matches(
    blueprint: Blueprint, framework: Framework, student_parameters: Sequence[StudentParameter]
) -> Iterator[Match]:
    """Every way to read the student's arrays as the blueprint's parameters, likeliest first; computed as needed.

    Likely is: the framework's own layout, one layout for all kernels of a kind, biases in the order of their kernels.
    Nothing comes when the shapes rule every reading out, or none of MOST_ASSIGNMENTS fits.
    """
    wanted = blueprint.parameters(framework)
    ties = _ties(wanted, student_parameters, framework)
    if ties is None:
        return
    shapes = {student.index: student.shape for student in student_parameters}
    assignments = islice(_assignments(ties, wanted), MOST_ASSIGNMENTS)
    while True:
        likeliest = []
        for places in islice(assignments, _AT_ONCE):
            likeliest.append(places)
            yield from _readings(wanted, places, shapes, framework, shared_layouts)
        if not likeliest:
            return
        for places in likeliest:
            yield from _readings(wanted, places, shapes, framework, mixed_layouts)


def _readings(
    wanted: Sequence[Parameter],
    places: Mapping[int, int],
    shapes: Mapping[int, Shape],
    framework: Framework,
    layouts: Callable[[Sequence[Parameter], Sequence[Shape], Framework], Iterator[list[Axes]]],
) -> Iterator[Match]:
    """The readings under one assignment of arrays to parameters."""
    indices = [places[position] for position in range(len(wanted))]
    found = [shapes[index] for index in indices]
    blocks = [parameter.blocks.get(framework, ()) for parameter in wanted]
    for axes in layouts(wanted, found, framework):
        placed = zip(wanted, indices, found, axes, blocks, strict=True)
        yield Match(framework, tuple(Placement(*fields) for fields in placed))


def fitting(blueprint: Blueprint, framework: Framework, student_parameters: Sequence[StudentParameter]) -> Blueprint:
    """The blueprint in the form that the student's arrays fit: itself or, failing that, the first alternative.

    A hand-written LSTM has one bias where PyTorch's own has two, and is as right. Where nothing fits it is the
    blueprint itself.
    """
    tables = [blueprint.parameters(framework)]
    if not _fits(blueprint, framework, student_parameters):
        for alternative in blueprint.alternatives():
            table = alternative.parameters(framework)
            if table not in tables and _fits(alternative, framework, student_parameters):
                return alternative
            tables.append(table)
    return blueprint


def _fits(blueprint: Blueprint, framework: Framework, student_parameters: Sequence[StudentParameter]) -> bool:
    return next(matches(blueprint, framework, student_parameters), None) is not None


def signature(shape: Shape) -> Shape:
    """What stays of a shape when its axes are put in another order or axes of size 1 come and go."""
    return tuple(sorted(size for size in shape if size != 1))


@dataclass(frozen=True)
class _Tie:
    """Parameters (by position) and the student's arrays (by index) that could be any of them, by their shapes."""

    positions: tuple[int, ...]
    indices: tuple[int, ...]


def _ties(
    wanted: Sequence[Parameter], found: Sequence[StudentParameter], framework: Framework
) -> tuple[_Tie, ...] | None:
    """The ties, those of kernels before those of biases; None if some array has no partner."""
    if Counter(parameter.size for parameter in wanted) != Counter(math.prod(student.shape) for student in found):
        return None
    ties: list[_Tie] = []
    fitting_places: dict[int, set[int]] = {}
    for student in sorted(found, key=lambda student: student.index):
        same_size = (place for place, parameter in enumerate(wanted) if parameter.size == math.prod(student.shape))
        fits = {place for place in same_size if any(True for _ in layouts_of(wanted[place], student.shape, framework))}
        fitting_places[student.index] = fits
        touched = [tie for tie in ties if fits.intersection(tie.positions)]
        positions = sorted(fits.union(*(tie.positions for tie in touched)))
        indices = sorted([student.index, *(index for tie in touched for index in tie.indices)])
        ties = [tie for tie in ties if tie not in touched] + [_Tie(tuple(positions), tuple(indices))]
    tied = sum(len(tie.positions) for tie in ties)
    if tied != len(wanted) or any(len(tie.positions) != len(tie.indices) for tie in ties):
        return None
    if not _has_place_for_each(fitting_places):
        return None
    ties.sort(key=lambda tie: tie.positions)
    return tuple(sorted(ties, key=lambda tie: -max(len(wanted[position].shape) for position in tie.positions)))


def _has_place_for_each(fits: Mapping[int, set[int]]) -> bool:
    """Whether each array can have a place of its own, by augmenting paths: else all permutations would be in vain."""
    taken: dict[int, int] = {}

    def place(index: int, seen: set[int]) -> bool:
        for position in fits[index] - seen:
            seen.add(position)
            if position not in taken or place(taken[position], seen):
                taken[position] = index
                return True
        return False

    return all(place(index, set()) for index in fits)


def _assignments(ties: tuple[_Tie, ...], wanted: Sequence[Parameter]) -> Iterator[dict[int, int]]:
    """Every assignment of indices to positions, by how far the ties are, in all, from their likeliest order."""
    furthest = sum(math.factorial(len(tie.positions)) - 1 for tie in ties)
    for distance in count():
        if distance > furthest:
            return
        yield from _at_distance(ties, wanted, {}, distance)


def _at_distance(
    ties: tuple[_Tie, ...], wanted: Sequence[Parameter], placed: dict[int, int], distance: int
) -> Iterator[dict[int, int]]:
    if not ties:
        if distance == 0:
            yield placed
        return
    for rank, order in enumerate(islice(_orders(ties[0], wanted, placed), distance + 1)):
        now_placed = placed | dict(zip(order, ties[0].indices, strict=True))
        yield from _at_distance(ties[1:], wanted, now_placed, distance - rank)


def _orders(tie: _Tie, wanted: Sequence[Parameter], placed: dict[int, int]) -> Iterator[tuple[int, ...]]:
    """Orders in which the student may have registered the parameters of a tie: the likeliest, then all others."""
    heads = {wanted[position].layer: index for position, index in reversed(placed.items())}
    owners = [wanted[position].layer for position in tie.positions]
    likeliest = tie.positions
    if all(owner in heads for owner in owners):  # a bias is registered when its kernel is
        likeliest = tuple(sorted(tie.positions, key=lambda position: heads[wanted[position].layer]))
    first = list(dict.fromkeys((likeliest, likeliest[::-1], tie.positions)))
    yield from first
    yield from (order for order in permutations(likeliest) if order not in first)
