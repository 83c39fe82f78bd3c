"""How layers are put together: one after the other, or side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from autograder.blueprint.layer import Activations, Layer, Misconception, MisfitError, Mistake, Step
from autograder.blueprint.signal import Signal, SignalKind, Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from autograder.blueprint.layer import Run


@dataclass(frozen=True, init=False)
class Chain(Layer):
    """Layers one after the other; an empty chain passes everything on unchanged."""

    layers: tuple[Layer, ...]

    def __init__(self, *layers: Layer) -> None:
        object.__setattr__(self, "layers", layers)  # the way to set a field of a frozen dataclass

    @property
    def words(self) -> str:
        return ", ".join(layer.words for layer in self.layers)

    def output(self, signal: Signal, /) -> Signal:
        for place, layer in enumerate(self.layers, start=1):
            try:
                signal = layer.output(signal)
            except MisfitError as misfit:
                raise MisfitError(f"step {place}: {misfit}") from None
        return signal

    def forward(self, x: Activations, run: Run, /) -> Activations:
        for layer in self.layers:
            x = layer.forward(x, run)
        return x

    def steps(self, signal: Signal, /) -> Iterator[Step]:
        for layer in self.layers:
            for step in layer.steps(signal):
                yield step
                signal = step.output

    def walk(self) -> Iterator[Layer]:
        for layer in self.layers:
            yield from layer.walk()
        yield self

    def rewrite(self, edit: Callable[[Layer], Layer], /) -> Layer:
        return edit(Chain(*(layer.rewrite(edit) for layer in self.layers)))

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        """Layers that changed places, or one of several of a kind forgotten; what it is to forget all, layers know."""
        leaves = _leaves(self)
        yield from _changed_places(leaves)
        number = Counter(leaf.omission for leaf in leaves)
        for place, leaf in enumerate(leaves):
            if leaf.omission and number[leaf.omission] > 1:
                behind = next((before.label for before in reversed(leaves[:place]) if before.label), "the entrance")
                says = f"leaves out the {leaf.omission} behind {behind}"
                forgotten = Misconception(f"missing-{leaf.omission.lower()}", says)
                yield Mistake(forgotten, Chain(*leaves[:place], *leaves[place + 1 :]))

    def split_pooling(self) -> tuple[Layer, Layer] | None:
        split = self.layers[-1].split_pooling() if self.layers else None
        return split and (Chain(*self.layers[:-1], split[0]), split[1])


def _changed_places(leaves: Sequence[Layer]) -> Iterator[Mistake]:
    """Layers that come before the activation that they should stand behind, wherever one does."""
    order, mistakes = list(leaves), []
    for place, (before, leaf) in enumerate(pairwise(leaves)):
        if before.is_activation and leaf.in_front:
            order[place : place + 2] = [leaf.in_front.layer, before]
            mistakes.append(leaf.in_front.misconception)
    if mistakes:
        yield Mistake(mistakes[0], Chain(*order))


def _leaves(chain: Chain) -> tuple[Layer, ...]:
    """The layers of a chain, those of chains within it too."""
    return tuple(leaf for layer in chain.layers for leaf in (_leaves(layer) if isinstance(layer, Chain) else (layer,)))


@dataclass(frozen=True, init=False)
class Parallel(Layer):
    """Branches that all get the same signal; their outputs are concatenated.

    Args:
        branches: At least one. Vectors, or sequences (``join="time"``, or ``"features"`` at equally many steps).
        join: The axis on which the outputs are concatenated.
    """

    branches: tuple[Layer, ...]
    join: Literal["features", "time"]

    def __init__(self, *branches: Layer, join: Literal["features", "time"] = "features") -> None:
        object.__setattr__(self, "branches", branches)  # the way to set fields of a frozen dataclass
        object.__setattr__(self, "join", join)

    @property
    def words(self) -> str:
        where = "" if self.join == "features" else " one after the other in time"
        return f"the {len(self.branches)} branches concatenated{where}"

    def output(self, signal: Signal, /) -> Signal:
        outputs = [self._branch_output(place, signal) for place in range(len(self.branches))]
        rests = {(s.shape[:-1] if self.join == "features" else s.shape[1:]) for s in outputs}
        if len(rests) != 1 or any(s.kind is SignalKind.TOKENS for s in outputs):
            found = ", ".join(map(str, outputs)) or "no branch"
            raise MisfitError(f"Parallel can't concatenate its branches on the {self.join} axis: {found}")
        if self.join == "features":
            return outputs[0].with_features(sum(s.features for s in outputs))
        return Signal((sum((_steps(s) for s in outputs), Steps(0)), *outputs[0].shape[1:]))

    def _branch_output(self, place: int, signal: Signal) -> Signal:
        try:
            output = self.branches[place].output(signal)
        except MisfitError as misfit:
            raise MisfitError(f"branch {place + 1}: {misfit}") from None
        if self.join == "time" and output.kind is not SignalKind.SEQUENCE:
            raise MisfitError(f"branch {place + 1} gives {output}; only sequences can be concatenated in time")
        if self.join == "time" and _steps(output).divisor != 1:
            raise MisfitError(f"branch {place + 1} gives {output}; what is pooled can't be concatenated in time")
        if output.image:
            raise MisfitError(f"branch {place + 1} ends in a flattened image; flatten behind the concatenation instead")
        return output

    def forward(self, x: Activations, run: Run, /) -> Activations:
        outputs = [branch.forward(x, run).values for branch in self.branches]
        return Activations(np.concatenate(outputs, axis=-1 if self.join == "features" else 1))

    def steps(self, signal: Signal, /) -> Iterator[Step]:
        for branch in self.branches:
            yield from branch.steps(signal)
        yield Step(self, signal, self.output(signal))

    def walk(self) -> Iterator[Layer]:
        for branch in self.branches:
            yield from branch.walk()
        yield self

    def rewrite(self, edit: Callable[[Layer], Layer], /) -> Layer:
        return edit(Parallel(*(branch.rewrite(edit) for branch in self.branches), join=self.join))

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        if len(self.branches) > 1:
            yield from self._missing()
            yield from self._joined_in_time()

    def _missing(self) -> Iterator[Mistake]:
        for place, branch in reversed(list(enumerate(self.branches))):
            first = next((layer for layer in branch.walk() if layer.label), branch)
            says = f"leaves out the branch {first.label or place + 1} ({first.words})"
            rest = self.branches[:place] + self.branches[place + 1 :]
            yield Mistake(Misconception("missing-width", says), Parallel(*rest, join=self.join))

    def _joined_in_time(self) -> Iterator[Mistake]:
        splits = [split for branch in self.branches if (split := branch.split_pooling())]
        if self.join == "features" and len(splits) == len(self.branches) and _all_equal([pool for _, pool in splits]):
            says = (
                "concatenates the branches along time and pools over all of them at once; the handout asks for each"
                " branch pooled by itself, then concatenated on the feature axis"
            )
            joined = Parallel(*(body for body, _ in splits), join="time")
            yield Mistake(Misconception("concat-over-time", says), Chain(joined, splits[0][1]))


def _all_equal(layers: Sequence[Layer]) -> bool:
    return all(layer == layers[0] for layer in layers)


def _steps(signal: Signal) -> Steps:
    steps = signal.shape[0]
    if not isinstance(steps, Steps):  # `_branch_output` let only sequences through
        raise TypeError(f"{signal} has no time steps")
    return steps
