"""A student's arrays set against the handout's, when they don't fit: which is which, what is missing, what is extra."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

from autograder.blueprint.matching import signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from autograder.blueprint.framework import Framework
    from autograder.blueprint.layer import Step
    from autograder.blueprint.layouts import Shape
    from autograder.blueprint.matching import StudentParameter
    from autograder.blueprint.model import Blueprint
    from autograder.blueprint.parameter import Parameter

_UNLIKE = 10.0  # cost of arrays that have no size in common; each size that differs costs a little more than 1
_STRANGER = 1.0  # cost of a bias that is not known to stand beside its kernel
_OTHERS = 5.0  # cost of a bias that stands beside another layer's kernel


@dataclass(frozen=True)
class AxisDifference:
    """One axis of a parameter that has another size than the handout's."""

    name: str
    wanted: int
    found: int


@dataclass(frozen=True)
class Pair:
    """A parameter of the handout, and the student's array that is meant to be it (None: there is none)."""

    step: Step
    parameter: Parameter
    framework: Framework
    found: StudentParameter | None

    @property
    def wanted_shape(self) -> Shape:
        return self.parameter.native_shape(self.framework)

    @property
    def fits(self) -> bool:
        return self.found is not None and signature(self.found.shape) == signature(self.wanted_shape)

    def differences(self) -> tuple[AxisDifference, ...]:
        """The axes that differ, under the reading of the student's axes that leaves the fewest."""
        if self.found is None or self.fits:
            return ()
        readings = _readings(self.parameter, self.framework, self.found.shape)
        return min(readings, key=len, default=())


@dataclass(frozen=True)
class Alignment:
    """All parameters of the handout in order, and the student's arrays that are none of them."""

    pairs: tuple[Pair, ...]
    extra: tuple[StudentParameter, ...]


def align(blueprint: Blueprint, framework: Framework, student_parameters: Sequence[StudentParameter]) -> Alignment:
    """Pair the handout's parameters with the student's arrays, as a person would who looks at both lists.

    Kernels go by their sizes, biases also by whose kernel they stand beside. What is left is missing or extra.
    """
    wanted = [(step, parameter) for step in blueprint.steps for parameter in step.parameters(framework)]
    kernels = [parameter for _, parameter in wanted if len(parameter.shape) > 1]
    vectors = [parameter for _, parameter in wanted if len(parameter.shape) == 1]
    found = _cheapest(kernels, student_parameters, lambda p, s: _unlikeness(p.native_shape(framework), s.shape))
    free = [student for student in student_parameters if student not in found.values()]
    found |= _cheapest(vectors, free, _cost_of_bias(found))
    pairs = tuple(Pair(step, parameter, framework, found.get(parameter.name)) for step, parameter in wanted)
    return Alignment(pairs, tuple(student for student in free if student not in found.values()))


def _cheapest(
    wanted: Sequence[Parameter],
    students: Sequence[StudentParameter],
    cost: Callable[[Parameter, StudentParameter], float],
) -> dict[str, StudentParameter]:
    """Pair greedily, the cheapest pair first; ties in order. An infinite cost never pairs."""
    costs = [(cost(parameter, s), place, s.index) for place, parameter in enumerate(wanted) for s in students]
    by_index = {student.index: student for student in students}
    found: dict[int, int] = {}
    for price, place, index in sorted(costs):
        if price < math.inf and place not in found and index not in found.values():
            found[place] = index
    return {wanted[place].name: by_index[index] for place, index in found.items()}


def _unlikeness(wanted: Shape, found: Shape) -> float:
    """0 for the same sizes; more for each size that differs; infinite for another number of axes.

    Axes of size 1 come and go, but where the number of axes is right they are sizes like others: a dense layer with one
    output.
    """
    whole = len(wanted) == len(found)
    a, b = (Counter(shape if whole else signature(shape)) for shape in (wanted, found))
    only_a, only_b = sorted((a - b).elements()), sorted((b - a).elements())
    if len(only_a) != len(only_b) or 0 in only_b:
        return math.inf
    stretch = sum(1 + abs(math.log(x / y)) for x, y in zip(only_a, only_b, strict=True))
    return stretch + (0.0 if a & b or not only_a else _UNLIKE)


def _cost_of_bias(kernels: dict[str, StudentParameter]) -> Callable[[Parameter, StudentParameter], float]:
    """Cost that also asks whose kernel an array stands beside; an owner of several kernels tells nothing."""
    number = Counter(student.owner for student in kernels.values())
    owners = {name.rpartition(".")[0]: s.owner for name, s in kernels.items() if s.owner and number[s.owner] == 1}

    def cost(parameter: Parameter, student: StudentParameter) -> float:
        unlike = _unlikeness(parameter.shape, student.shape)
        if student.owner and student.owner == owners.get(parameter.layer):
            return unlike
        return unlike + (_OTHERS if student.owner in owners.values() else _STRANGER)

    return cost


def _readings(parameter: Parameter, framework: Framework, found: Shape) -> Iterator[tuple[AxisDifference, ...]]:
    """The differences under every order of the student's axes, the framework's own first."""
    names = parameter.axis_names or ("size",) * len(parameter.shape)
    axes = [(names[max(group)], math.prod(parameter.shape[a] for a in group)) for group in parameter.groups(framework)]
    for order in permutations(axes):
        pairs = _side_by_side(order, found)
        yield tuple(AxisDifference(name, wanted, size) for name, wanted, size in pairs if wanted != size)


def _side_by_side(axes: Sequence[tuple[str, int]], found: Shape) -> list[tuple[str, int, int]]:
    if len(axes) != len(found):  # axes of size 1 came or went
        axes, found = [axis for axis in axes if axis[1] != 1], tuple(size for size in found if size != 1)
    return [(name, wanted, size) for (name, wanted), size in zip(axes, found, strict=False)]
