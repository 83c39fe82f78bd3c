"""Checks that need a device: what they ask for, in which words, and what a device offers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from autograder.blueprint import Framework
from autograder.errors import AssignmentError
from autograder.sandbox import accelerators
from autograder.sandbox.accelerators import REAL, SIMULATED
from autograder.student.values import DeviceInUse

CPU: Final = "cpu"
NAMES: Final = {CPU: "a processor", "cuda": "CUDA", "mps": "Apple's MPS", "gpu": "a GPU"}


def needs(*tags: str) -> Callable[[Any], Any]:
    """Mark a check as one for machines with a device: elsewhere it is not graded and costs nothing.

    Args:
        tags: ``cuda``, ``mps``, or ``gpu`` for one of any make; with several, all of them. Of a check of one framework,
            that framework has to have the device; of any other, one of the two.

    Raises:
        AssignmentError: No tag, or one that nobody knows.
    """
    if not tags or (unknown := [tag for tag in tags if tag not in NAMES]):
        said = f"not {', '.join(map(repr, unknown))}" if tags else "and none is named"
        raise AssignmentError(f"needs(...) takes {', '.join(map(repr, NAMES))}, {said}")

    def mark(function: Any) -> Any:
        function.__needs__ = tuple(dict.fromkeys(tags))
        return function

    return mark


@dataclass
class Devices:
    """What the checks of one grading may use besides the CPU.

    Attributes:
        wanted: What device checks ask a worker for: ``real`` where the machine has one, or ``simulated``.
        offer: Says which device a framework's workers have where a real one is wanted.
    """

    wanted: str = SIMULATED
    offer: Callable[[Framework], DeviceInUse] | None = None

    @contextmanager
    def switched_to(self, wanted: str) -> Iterator[None]:
        """Another device wanted, in this context."""
        before, self.wanted = self.wanted, wanted
        try:
            yield
        finally:
            self.wanted = before

    def have(self, needed: Collection[str], framework: Framework | None) -> bool:
        """Whether a check that needs these tags can be made here: in its framework, or where it has none, in any."""
        if set(needed) <= {CPU}:
            return True
        if self.offer is None or self.wanted != REAL or not accelerators.may_have_gpu():
            return False
        frameworks = tuple(Framework) if framework is None else (framework,)
        return any(set(needed) <= offered_by(self.offer(each)) for each in frameworks)


def offered_by(device: DeviceInUse) -> frozenset[str]:
    """The tags of a worker that has this device; a simulated one is no device that a check may need."""
    if not device.is_real:
        return frozenset({CPU})
    return frozenset({CPU, "gpu", device.kind})


def refusal(needed: Collection[str]) -> str:
    """What the result of a check says whose device isn't there."""
    return f"It needs {' and '.join(NAMES[tag] for tag in needed)}."
