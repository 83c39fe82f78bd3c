"""The simulated GPU as the worker sees it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import torch
from torch import nn

from autograder.worker.simulated.dispatch import Watching
from autograder.worker.simulated.refusals import FACTS, complete
from autograder.worker.simulated.stand_ins import register
from autograder.worker.simulated.trace import Trace
from autograder.worker.simulated.watch import HERE, WATCH


class SimulatedDevice:
    """One for a process.

    It has to be made before the process's first backward pass: autograd makes a queue for each device that it knows of
    by then, and has none for one that comes later.
    """

    _library: ClassVar[Any] = None

    def __init__(self, folder: str) -> None:
        """Make torch know it, and try it out.

        Args:
            folder: The student's: errors name lines in it.

        Raises:
            Exception: This torch doesn't carry it; whatever it raised.
        """
        WATCH.folder = folder
        self.make_known()
        try_out()

    @classmethod
    def make_known(cls) -> None:
        """Tell torch of the device, once."""
        if cls._library is None:
            cls._library = register()

    @contextlib.contextmanager
    def on(self, models: Sequence[Any]) -> Iterator[None]:
        """Look at all that the student's code does in this context. ``models``: those that it has built."""
        WATCH.models = models
        try:
            with Watching():
                yield
        except RuntimeError as error:
            complete(error)
            raise

    def take_trace(self) -> dict[str, Any]:
        """What went on since this was last asked."""
        taken, WATCH.trace = WATCH.trace, Trace()
        return taken.as_plain()


def try_out() -> None:
    """Compute something on the device, forth and back; raise whatever is wrong with it."""
    x = torch.linspace(-1, 1, 6).reshape(1, 2, 3)
    layer = nn.GRU(3, 2, batch_first=True)
    wanted = layer(x)[0]
    with Watching():
        there = layer.to(HERE)(x.to(HERE))[0]
        there.sum().backward()
        back = there.detach().cpu()
        refused = False
        try:
            there + torch.ones(2)
        except RuntimeError as error:
            refused = hasattr(error, FACTS)
    if not (torch.allclose(back, wanted, atol=1e-6) and refused and layer.weight_ih_l0.grad is not None):
        raise RuntimeError("the simulated device computes something else than the CPU")
    WATCH.trace = Trace()
