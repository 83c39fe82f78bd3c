"""Whether this machine may have a GPU, told from its files alone: no framework is imported, no driver asked.

It decides where workers come from and what they may open. Whether a framework can compute on a GPU, only its worker
knows.
"""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Final

# The worker that wants a device asks for one of these; what it gets is another matter.
REAL: Final = "real"
SIMULATED: Final = "simulated"

CONTROL: Final = ("dev/nvidiactl", "dev/nvidia0")  # there where NVIDIA's driver is loaded

# What CUDA opens besides the libraries. Not tried on a card yet: where something is missing here, CUDA finds no device,
# and the report says so. "nvidia*" has the cards, their control, unified memory (uvm) and a folder of capabilities.
DEVICE_FILES: Final = "nvidia*"
DESCRIPTIONS: Final = (
    "/proc/driver/nvidia",
    "/proc/devices",
    "/proc/modules",
    "/proc/sys/vm/mmap_min_addr",
    "/sys/bus/pci",
    "/sys/devices",  # the entries of /sys/bus/pci/devices are links to here, those of NUMA nodes stand here
    "/sys/module/nvidia",
    "/sys/module/nvidia_uvm",
)


def may_have_gpu(system: str = "", machine: str = "", root: Path = Path("/")) -> bool:
    """Whether this machine has the files of NVIDIA's driver, or is one of Apple's with a GPU in its processor.

    Args:
        system: As ``platform.system()`` calls it; by default this machine's.
        machine: As ``platform.machine()`` does.
        root: The file system to look at.
    """
    system, machine = system or platform.system(), machine or platform.machine()
    if system == "Darwin":
        return machine == "arm64"
    return system == "Linux" and any((root / path).exists() for path in CONTROL)


def device_files(root: Path = Path("/")) -> tuple[str, ...]:
    """The files (and the folder of capabilities) by which a process talks to NVIDIA's driver."""
    return tuple(sorted(str(path) for path in (root / "dev").glob(DEVICE_FILES)))
