"""What went on between the computer's memory and the simulated GPU's."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass
class Trace:
    """Counts since they were last taken.

    Attributes:
        computed: Operations on arrays on the device; copies are none, and neither is adding up single numbers there.
        to_device: Copies from the computer's memory to the device, those of parameters left out.
        parameters: Copies of parameters to the device: moving a model copies each once.
        to_host: Copies back.
        waits: Moments at which the CPU has to wait for the device, since it needs to know a value (``item()``, a
            condition, a boolean mask as an index).
    """

    computed: int = 0
    to_device: int = 0
    parameters: int = 0
    to_host: int = 0
    waits: int = 0

    def take(self) -> dict[str, int]:
        """The counts as plain data; counting begins anew."""
        taken = asdict(self)
        self.__init__()  # type: ignore[misc]  # all back to their defaults
        return taken
