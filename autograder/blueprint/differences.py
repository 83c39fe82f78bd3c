"""What sets a student's arrays apart from the handout's, in words: which layer, by how much, and why usually."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.blueprint.framework import Framework

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograder.blueprint.alignment import Alignment, AxisDifference, Pair
    from autograder.blueprint.layer import Resized
    from autograder.blueprint.layouts import Shape
    from autograder.blueprint.matching import StudentParameter

_UNREGISTERED = {
    Framework.KERAS: "add it; a layer counts once it is part of the model and the model has been built, by calling it"
    " once",
    Framework.TORCH: "add it; layers kept in a plain list or dict are not registered with the module: use"
    " nn.ModuleList",
}
_MORE_OF_A_LAYER = {
    Framework.KERAS: "look for a Bidirectional around the layer, and for a second one of its kind",
    Framework.TORCH: "look at num_layers and bidirectional, which give a layer more arrays",
}


@dataclass(frozen=True)
class Line:
    """One difference, and how many parameters it makes (negative: too few)."""

    text: str
    amount: int

    def __str__(self) -> str:
        return f"{self.text} ({in_amount(self.amount)})"


def headlines(alignment: Alignment) -> list[Line]:
    """One line for each difference, likely causes first: layers missing or added, other sizes, what follows from them.

    The arrays of a layer that has another size are one difference: "lstm has 96 units instead of 48".
    """
    own: list[Line] = []
    follows: list[Line] = []
    for pairs in _by_layer(alignment):
        lines = _of_layer(alignment, pairs)
        wrong = [difference for pair in pairs for difference in pair.differences()]
        (follows if wrong and all(d.name == "in" for d in wrong) else own).extend(lines)
    return [*_missing_layers(alignment), *_extras(alignment), *own, *follows]


def differences(alignment: Alignment) -> list[Line]:
    """One line for each array that differs, in the handout's order, then the arrays that are too many."""
    lines = (line for pair in alignment.pairs for line in _of_pair(alignment, pair))
    return [*_missing_layers(alignment), *lines, *_extras(alignment)]


def _by_layer(alignment: Alignment) -> list[list[Pair]]:
    layers = dict.fromkeys(pair.step.layer.label for pair in alignment.pairs)
    return [[pair for pair in alignment.pairs if pair.step.layer.label == layer] for layer in layers]


def _of_layer(alignment: Alignment, pairs: Sequence[Pair]) -> list[Line]:
    wrong = [pair for pair in pairs if pair.found is not None and not pair.fits]
    sizes = {size for pair in wrong for size in _sizes(pair)}
    explained = all(_sizes(pair) or all(d.name == "in" for d in pair.differences()) for pair in wrong)
    lines = [line for pair in pairs for line in _of_pair(alignment, pair)]
    if len(wrong) < 2 or len(sizes) != 1 or not explained or len(lines) != len(wrong):
        return lines
    size = sizes.pop()
    what = size.what if size.found != 1 else re.sub(r"s\b", "", size.what, count=1)
    text = f"the layer {pairs[0].step.layer.label} has {size.found:,} {what} instead of {size.wanted:,}"
    return [Line(text, sum(line.amount for line in lines))]


def _sizes(pair: Pair) -> list[Resized]:
    """The sizes that the layer was given, as far as one of its arrays tells."""
    told = [pair.step.layer.resized(d.name, d.wanted, d.found) for d in pair.differences()]
    return [size for size in told if size is not None] if None not in told else []


def _of_pair(alignment: Alignment, pair: Pair) -> Iterator[Line]:
    if pair.found is None and not _whole_layer_missing(alignment, pair):
        yield Line(f"{pair.parameter.layer} has no {pair.parameter.role}", -pair.parameter.counted)
    elif pair.found is not None and not pair.fits:
        yield _difference(pair)


def _missing_layers(alignment: Alignment) -> Iterator[Line]:
    gone = [pair for pair in alignment.pairs if _whole_layer_missing(alignment, pair)]
    for layer in dict.fromkeys(pair.parameter.layer for pair in gone):
        pairs = [pair for pair in gone if pair.parameter.layer == layer]
        size = sum(pair.parameter.counted for pair in pairs)
        yield Line(f"the layer {layer} ({pairs[0].step.layer.words}) is missing", -size)


def _whole_layer_missing(alignment: Alignment, pair: Pair) -> bool:
    same = [other for other in alignment.pairs if other.parameter.layer == pair.parameter.layer]
    return all(other.found is None for other in same)


def _difference(pair: Pair) -> Line:
    found = pair.found.shape if pair.found else ()
    axes = ", ".join(_axis(difference) for difference in pair.differences())
    what = f"the {pair.parameter.role} of {pair.parameter.layer}"
    reading = f": {axes}" if len(pair.parameter.shape) > 1 else ""
    text = f"{what} is {in_words(found)}, not {in_words(pair.wanted_shape)}{reading}"
    return Line(text, math.prod(found) - pair.parameter.size)


def _axis(difference: AxisDifference) -> str:
    if difference.name in {"height", "width"}:
        return f"{difference.name} {difference.found} instead of {difference.wanted}"
    unit = {"in": "inputs", "out": "outputs"}.get(difference.name, difference.name)
    return f"{difference.found} {unit} instead of {difference.wanted}"


def _extras(alignment: Alignment) -> Iterator[Line]:
    owners = dict.fromkeys(student.owner or student.name for student in alignment.extra)
    for owner in owners:
        yield _extra(alignment, owner, [s for s in alignment.extra if (s.owner or s.name) == owner])


def _extra(alignment: Alignment, owner: str, students: Sequence[StudentParameter]) -> Line:
    shapes = " and ".join(in_words(student.shape) for student in students[:3])
    size = sum(math.prod(student.shape) for student in students if not student.is_state)
    name = re.sub(r"^(sequential|functional)(_\d+)?\.", "", owner)[:60]  # Keras' own names, that nobody has written
    if owner in _owners(alignment):
        return Line(f"{name} has more arrays than the handout's layer, {shapes}", size)
    kind = next((student.layer for student in students if student.layer), "")
    called = f"{name} ({kind})" if kind and kind != name else name
    return Line(f"a layer of {shapes} that the handout doesn't have, {called}", size)


def _owners(alignment: Alignment) -> set[str]:
    """Layers of the student's that arrays of the handout's are in."""
    return {pair.found.owner for pair in alignment.pairs if pair.found is not None and pair.found.owner}


def advice(alignment: Alignment, framework: Framework) -> str:
    """The usual cause of what differs, and what to do; may be empty."""
    if any(_whole_layer_missing(alignment, pair) for pair in alignment.pairs):
        return _UNREGISTERED[framework]
    if alignment.extra:
        if any(student.owner in _owners(alignment) for student in alignment.extra):
            return _MORE_OF_A_LAYER[framework]
        return "the handout's model has no layers but those of its table: leave out what was added"
    return _changed_places(alignment) or _hints(alignment)


def _changed_places(alignment: Alignment) -> str:
    """Whether two sizes stand in each other's place, as when arguments are given in another order."""
    sizes = [(pair.step.layer.label, size) for pair in alignment.pairs for size in _sizes(pair)]
    for place, (one, a) in enumerate(sizes):
        for other, b in sizes[place + 1 :]:
            if one != other and (a.wanted, a.found) == (b.found, b.wanted):
                return (
                    f"two sizes have changed places: {one} should have {a.wanted:,} {a.what} and {other} {b.wanted:,} "
                    f"{b.what}; look at the order of the arguments"
                )
    return ""


def _hints(alignment: Alignment) -> str:
    wrong = [(p, d) for p in alignment.pairs if len(p.parameter.shape) > 1 for d in p.differences()]
    cause = wrong[0][1].name if wrong else ""  # what differs further down often follows from it
    hints = [pair.step.layer.hint(d.name, d.wanted, d.found) for pair, d in wrong if d.name == cause]
    return "; ".join(dict.fromkeys(hint for hint in hints if hint))


def in_words(shape: Shape) -> str:
    """A shape as people write it: ``100 × 64 × 3``."""
    return " × ".join(map(str, shape)) or "a single number"


def in_amount(difference: int) -> str:
    """``12 too many``, ``12 too few`` or ``the same amount``."""
    return f"{abs(difference):,} too {'many' if difference > 0 else 'few'}" if difference else "the same amount"
