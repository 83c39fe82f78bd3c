"""The two frameworks that every assignment is written in."""

from __future__ import annotations

from enum import StrEnum


class Framework(StrEnum):
    """A deep-learning framework; its value is what command lines, file names and test ids say."""

    KERAS = "keras"
    TORCH = "torch"

    @property
    def label(self) -> str:
        """The name as people write it."""
        return "Keras" if self is Framework.KERAS else "PyTorch"
