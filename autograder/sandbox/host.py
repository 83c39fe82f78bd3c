"""Which of four kinds of machine this is, as far as confinement goes, and what to do about a layer that is off."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from autograder.sandbox.probe import HIDDEN_DATA

CONTAINER_MARKS: Final = ("/.dockerenv", "/run/.containerenv")  # left by Docker and by Podman


class Kind(StrEnum):
    """The kinds that SECURITY.md makes promises about, and the rest."""

    ROOT_IN_CONTAINER = "root in a container"
    ROOT = "root on Linux"
    USER = "ordinary user on Linux"
    MACOS = "macOS"
    OTHER = "a system that confinement knows nothing of"


@dataclass(frozen=True)
class Host:
    """This machine, as its files and the kernel tell.

    Attributes:
        kind: As which SECURITY.md speaks of it.
        system: Name and release of the kernel.
    """

    kind: Kind
    system: str


def this_host(root: Path = Path("/")) -> Host:
    """What this process runs on. ``root`` is the file system to look at."""
    name = platform.system()
    system = f"{name} {platform.release()}"
    if name == "Darwin":
        return Host(Kind.MACOS, system)
    if name != "Linux":
        return Host(Kind.OTHER, system)
    if os.geteuid() != 0:
        return Host(Kind.USER, system)
    return Host(Kind.ROOT_IN_CONTAINER if _in_container(root) else Kind.ROOT, system)


def _in_container(root: Path) -> bool:
    return any((root / mark.lstrip("/")).exists() for mark in CONTAINER_MARKS)


# What each thing that the probe looks for keeps a submission from.
MEANING: Final = {
    "other user": "It is a user of its own: nothing of the grader's, or of another submission's, is its own.",
    "dies with the grader": "Nothing of it goes on when the grader is killed.",
    "keeps what it starts": "Its daemons stay below it: they are counted, and end with it.",
    "resource limits": "Memory, files, processes and processor time have an end.",
    "no new privileges": "A program such as sudo gives it nothing.",
    HIDDEN_DATA: "It can read neither hidden data nor solutions.",
    "writes to scratch only": "It writes to a folder of its own, and nowhere else.",
    "scratch private": "No other user looks into that folder.",
    "grader out of reach": "It can't signal the grader, or read its memory and environment.",
    "no TCP": "It can't connect to anything by TCP.",
    "no network": "It gets no socket of any network.",
    "system calls filtered": "What the kernel offers beyond a submission's needs is closed, in all its threads.",
    "no service in reach": "Nothing that would act on its behalf listens to it: Docker, D-Bus, a desktop.",
}
_ELSEWHERE: Final = "Grade on Linux, or in the project's image (Dockerfile), which runs wherever Docker does."
_LANDLOCK: Final = (
    "Use Linux 6.12 or newer (5.13 does for files alone) with Landlock among its security modules: "
    "`cat /sys/kernel/security/lsm` lists them, the kernel's parameter lsm= sets them."
)
_AS_ROOT: Final = "Grade as root, best in the project's image: each submission then gets a user of its own."
_LIBRARY: Final = (
    "Install libseccomp: `apt-get install libseccomp2` on Debian and Ubuntu, `dnf install libseccomp` on Fedora; and "
    "make the environment anew (`make env`) if the Python package pyseccomp is missing."
)
_REMEDIES: Final = {
    HIDDEN_DATA: f"{_AS_ROOT} Or: {_LANDLOCK}",
    "writes to scratch only": _LANDLOCK,
    "grader out of reach": f"{_AS_ROOT} Or: {_LANDLOCK}",
    "no TCP": _LIBRARY,
    "no network": _LIBRARY,
    "system calls filtered": _LIBRARY,
    "no service in reach": (
        "Grade in a container that has no socket of the machine's services in it, or on a machine without them."
    ),
    "resource limits": "Tell the project's maintainers: these limits need no privilege.",
}


def remedy(layer: str, kind: Kind) -> str:
    """What whoever grades can do about a layer that is off on such a machine; empty where nothing is known to help."""
    if kind in (Kind.MACOS, Kind.OTHER):
        return _ELSEWHERE
    if layer == "other user":
        return (
            _AS_ROOT
            if kind is Kind.USER
            else "Install Python and the environment where every user may read them, such as below /opt."
        )
    return _REMEDIES.get(layer, "")
