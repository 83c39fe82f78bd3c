"""The axes of batch and time, exchanged as students do who forget ``batch_first``: parts of mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from autograder.blueprint.layer import Activations, Layer

if TYPE_CHECKING:
    from autograder.blueprint.layer import Run
    from autograder.blueprint.signal import Signal


@dataclass(frozen=True)
class SwapAxes(Layer):
    """[n, t, c] to [t, n, c]; in the table of layers the axes stay as they were."""

    @property
    def words(self) -> str:
        return "batch and time swapped"

    @property
    def mixes_examples(self) -> bool:
        return True

    def output(self, signal: Signal, /) -> Signal:
        return signal

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        return Activations(np.swapaxes(x.values, 0, 1), None if x.mask is None else x.mask.T)


@dataclass(frozen=True)
class Reshaped(Layer):
    """The numbers of [n, t, c] as [t, n, c], row by row, with the axes then named [n, t, c] again."""

    @property
    def words(self) -> str:
        return "batch and time swapped by a reshape"

    @property
    def mixes_examples(self) -> bool:
        return True

    def output(self, signal: Signal, /) -> Signal:
        return signal

    def forward(self, x: Activations, _run: Run, /) -> Activations:
        n, steps, features = x.values.shape
        return Activations(np.swapaxes(x.values.reshape(steps, n, features), 0, 1))
