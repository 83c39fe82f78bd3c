"""One array of weights: its canonical shape, and how each framework lays it out."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from autograder.blueprint.framework import Framework
from autograder.blueprint.initializers import ZEROS, BiasProbe, KernelProbe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograder.blueprint.initializers import Initializer

Array: TypeAlias = npt.NDArray[np.float64]
Weights: TypeAlias = dict[str, Array]


@dataclass(frozen=True)
class Parameter:
    """One array of weights.

    Attributes:
        name: Layer and role, such as ``conv3.kernel``.
        shape: Canonical shape, Keras' own: (in, out) for a dense kernel, (width, in, out) for a 1-D convolution.
        axes: For each framework the canonical axes in the order in which it stores them. An entry may itself be a tuple
            of axes that the framework folds into one, as the kernel of a dense layer behind a flattened image needs:
            canonical (height, width, in, out) is ``((0, 1, 2), 3)`` in Keras and ``(3, (2, 0, 1))`` in PyTorch.
        axis_names: What each canonical axis counts, such as ``("width", "in", "out")``.
        initializer: Draws the initial weights that the handout prescribes.
        probe: Draws weights that make every part of the model matter; by default fit for kernels and biases.
        trainable: Whether training changes it by gradients. What isn't trainable is state, such as a moving mean: it
            goes in and out with the weights, since predictions depend on it, but no parameter count includes it.
        blocks: Where the last canonical axis is made of equal blocks, the gates of a recurrent layer: for a framework
            with another order, which canonical block is its first, its second and so on.
    """

    name: str
    shape: tuple[int, ...]
    axes: Mapping[Framework, tuple[int | tuple[int, ...], ...]]
    axis_names: tuple[str, ...] = ()
    initializer: Initializer = ZEROS
    probe: Initializer | None = None
    blocks: Mapping[Framework, tuple[int, ...]] = field(default_factory=dict)
    trainable: bool = True

    @property
    def layer(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def role(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def counted(self) -> int:
        """What it adds to a parameter count: state adds nothing."""
        return self.size if self.trainable else 0

    def groups(self, framework: Framework) -> tuple[tuple[int, ...], ...]:
        """For each axis of the framework's array the canonical axes that it holds (one, unless folded)."""
        return tuple((entry,) if isinstance(entry, int) else entry for entry in self.axes[framework])

    def native_shape(self, framework: Framework) -> tuple[int, ...]:
        """The shape of this parameter in a plain model of the framework."""
        return tuple(math.prod(self.shape[axis] for axis in group) for group in self.groups(framework))

    def to_native(self, array: Array, framework: Framework) -> Array:
        """Canonical array to the framework's layout."""
        order = [axis for group in self.groups(framework) for axis in group]
        array = in_blocks(array, self.blocks.get(framework, ()))
        return array.transpose(order).reshape(self.native_shape(framework))

    def label(self, framework: Framework) -> str:
        """The native layout in words, such as ``100 out x 64 in x width 3``."""
        return " × ".join(self._axis_label(group) for group in self.groups(framework))

    def _axis_label(self, group: tuple[int, ...]) -> str:
        size = "·".join(str(self.shape[axis]) for axis in group)
        names = [self.axis_names[axis] for axis in group] if self.axis_names else [""]
        return (
            f"{names[0]} {size}"
            if names in (["height"], ["width"])
            else f"{size} {names[-1] if len(group) == 1 else ''}".strip()
        )

    def draw_probe(self, rng: np.random.Generator) -> Array:
        """Weights that make this parameter matter: kernels by fan-in, biases well away from zero."""
        probe = self.probe or (KernelProbe() if len(self.shape) > 1 else BiasProbe())
        return probe(rng, self.shape)


def in_blocks(array: Array, order: tuple[int, ...]) -> Array:
    """The last axis with its equal blocks in this order; unchanged where there is none."""
    if not order:
        return array
    blocks = np.split(array, len(order), axis=-1)
    return np.concatenate([blocks[block] for block in order], axis=-1)


SAME_ORDER = {Framework.KERAS: (0, 1), Framework.TORCH: (0, 1)}
REVERSED_2 = {Framework.KERAS: (0, 1), Framework.TORCH: (1, 0)}
REVERSED_3 = {Framework.KERAS: (0, 1, 2), Framework.TORCH: (2, 1, 0)}
VECTOR = {Framework.KERAS: (0,), Framework.TORCH: (0,)}

Axes: TypeAlias = dict[Framework, tuple[int | tuple[int, ...], ...]]

# Images are (height, width, channels) in Keras, (channels, height, width) in PyTorch; so is the order of flattening.
IMAGE_KERNEL: Axes = {Framework.KERAS: (0, 1, 2, 3), Framework.TORCH: (3, 2, 0, 1)}
FLATTENED_KERNEL: Axes = {Framework.KERAS: ((0, 1, 2), 3), Framework.TORCH: (3, (2, 0, 1))}
FLATTENED_VECTOR: Axes = {Framework.KERAS: ((0, 1, 2),), Framework.TORCH: ((2, 0, 1),)}


def bias(layer: str, size: int) -> Parameter:
    """The one vector that most layers add; zero at the start."""
    return Parameter(f"{layer}.bias", (size,), VECTOR)
