"""What goes on between the student's code and the simulated GPU. A device is one for a process, and so is this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakSet

import torch

from autograder.worker.simulated.trace import Trace

NAME: Final = "simgpu"
HERE: Final = f"{NAME}:0"


@dataclass
class Watch:
    """What the dispatcher knows.

    Attributes:
        folder: The student's: errors and origins name lines in it.
        models: What the student's build_model returned.
        trace: Counts.
        generators, generators_of_cpu: Those that were made for the device, and for the CPU.
    """

    folder: str = ""
    models: Sequence[Any] = ()
    trace: Trace = field(default_factory=Trace)
    generators: WeakSet[torch.Generator] = field(default_factory=WeakSet)
    generators_of_cpu: WeakSet[torch.Generator] = field(default_factory=WeakSet)


WATCH: Final = Watch()
