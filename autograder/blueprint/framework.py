"""The two frameworks that every assignment is written in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class Framework(StrEnum):
    """A deep-learning framework; its value is what command lines, file names and test ids say."""

    KERAS = "keras"
    TORCH = "torch"

    @property
    def label(self) -> str:
        """The name as people write it."""
        return "Keras" if self is Framework.KERAS else "PyTorch"


@dataclass(frozen=True)
class PerFramework(Generic[T]):
    """What the handout asks for where the frameworks differ: a default such as an epsilon, or a model's end."""

    keras: T
    torch: T

    def of(self, framework: Framework) -> T:
        return self.keras if framework is Framework.KERAS else self.torch
