"""What went on between the computer's memory and the simulated GPU's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

MOST_PLACES = 4


@dataclass
class Trace:
    """Counts since it was made.

    Attributes:
        computed: Operations on arrays on the device; copies are none, and neither is adding up single numbers there.
        to_device: Copies from the computer's memory to the device, those of parameters left out.
        parameters: Copies of parameters to the device: moving a model copies each once.
        to_host: Copies back.
        waits: Moments at which the CPU has to wait for the device, since it needs to know a value (``item()``, a
            condition, a boolean mask as an index), by what it was and the student's line.
    """

    computed: int = 0
    to_device: int = 0
    parameters: int = 0
    to_host: int = 0
    waits: Counter[tuple[str, str]] = field(default_factory=Counter)

    def as_plain(self) -> dict[str, Any]:
        """The counts as plain data; ``waits_at`` has the places with most waits: what, line, count."""
        return {
            "computed": self.computed,
            "to_device": self.to_device,
            "parameters": self.parameters,
            "to_host": self.to_host,
            "waits": self.waits.total(),
            "waits_at": [[what, line, count] for (what, line), count in self.waits.most_common(MOST_PLACES)],
        }
