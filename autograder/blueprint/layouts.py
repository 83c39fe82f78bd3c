"""In which orders of axes a student's array may hold a parameter: for one array, and for all of a model together."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import permutations, product
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograder.blueprint.framework import Framework
    from autograder.blueprint.parameter import Parameter

Axes: TypeAlias = tuple[int, ...]
Shape: TypeAlias = tuple[int, ...]


def layouts_of(parameter: Parameter, shape: Shape, framework: Framework) -> Iterator[Axes]:
    """Every order of the canonical axes that gives the student's shape, folded or not, the framework's own first."""
    wanted = [size for size in shape if size != 1]
    folded = [
        list(dict.fromkeys((group, *(g for g in _other_groups(parameter, group)), *permutations(group))))
        for group in parameter.groups(framework)
    ]
    for inner in product(*folded):
        for groups in permutations(inner):
            sizes = [math.prod(parameter.shape[axis] for axis in group) for group in groups]
            if _folds_into(sizes, wanted):
                yield tuple(axis for group in groups for axis in group)


def _folds_into(sizes: Sequence[int], wanted: Sequence[int]) -> bool:
    """Whether neighbouring axes can be folded into one to give these sizes: (width * in, out) holds a kernel too."""
    left = [size for size in sizes if size != 1]
    for size in wanted:
        folded = 1
        while left and folded < size:
            folded *= left.pop(0)
        if folded != size:
            return False
    return not left


def _other_groups(parameter: Parameter, group: Axes) -> list[Axes]:
    """The same folded axes as another framework folds them."""
    return [g for framework in parameter.axes for g in parameter.groups(framework) if sorted(g) == sorted(group)]


def shared_layouts(wanted: Sequence[Parameter], found: Sequence[Shape], framework: Framework) -> Iterator[list[Axes]]:
    """Layouts in which all parameters of one kind (all kernels of convolutions, say) are laid out alike."""
    kinds: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for position, parameter in enumerate(wanted):
        folds = (str(len(group)) for group in parameter.groups(framework))  # a flattened image is a kind of its own
        kinds[parameter.role, *folds].append(position)
    options = []
    for positions in kinds.values():
        fitting = [list(layouts_of(wanted[position], found[position], framework)) for position in positions]
        shared = [axes for axes in fitting[0] if all(axes in others for others in fitting)]
        told_apart = {
            tuple(order_of(axes, wanted[position]) for position in positions): axes for axes in reversed(shared)
        }
        options.append([axes for axes in shared if axes in told_apart.values()])
    for chosen in product(*options):
        by_position = {position: axes for axes, group in zip(chosen, kinds.values(), strict=True) for position in group}
        yield [by_position[position] for position in range(len(wanted))]


def mixed_layouts(wanted: Sequence[Parameter], found: Sequence[Shape], framework: Framework) -> Iterator[list[Axes]]:
    """All other layouts."""
    seen = [_orders_of(axes, wanted) for axes in shared_layouts(wanted, found, framework)]
    options = []
    for parameter, shape in zip(wanted, found, strict=True):
        by_order = {order_of(axes, parameter): axes for axes in reversed(list(layouts_of(parameter, shape, framework)))}
        options.append(list(reversed(by_order.values())))
    for chosen in product(*options):
        if _orders_of(chosen, wanted) not in seen:
            yield list(chosen)


def _orders_of(layout: Sequence[Axes], wanted: Sequence[Parameter]) -> list[Axes]:
    return [order_of(axes, parameter) for axes, parameter in zip(layout, wanted, strict=True)]


def order_of(axes: Axes, parameter: Parameter) -> Axes:
    return tuple(axis for axis in axes if parameter.shape[axis] != 1)
