"""The framework as a wheel: built from the project's own folder, and the same bytes each time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import autograder
from autograder.errors import AssignmentError, InternalError
from autograder.release.bundles import Bundle, File, below, read_file, read_folder, write_folder

LOCK = "requirements.lock"
_SOURCES = ("pyproject.toml", "README.md", "LICENSE")
_EPOCH = "315532800"  # 1980: the earliest time that a zip can hold
_BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
_SECONDS = 300


def project_folder() -> Path:
    """The folder of the project that this package runs from.

    Raises:
        AssignmentError: The package was installed without it.
    """
    folder = Path(autograder.__file__).resolve().parents[1]
    if not (folder / "pyproject.toml").is_file():
        raise AssignmentError(f"a release is made in the project's own folder (`make env` there): {folder} has no"
                              " pyproject.toml, so the framework can't be built from it")  # fmt: skip
    return folder


def sources(project: Path) -> Bundle:
    """The files that a wheel is built from, by their paths in the project."""
    own = {name: read_file(project / name) for name in _SOURCES}
    return {**own, **below("autograder", read_folder(project / "autograder"))}


def build_wheel(project: Path) -> tuple[str, File]:
    """Build the framework, from a copy of its sources with modes of our own, by setuptools without the network.

    Returns:
        The wheel's name and content.

    Raises:
        InternalError: It can't be built.
    """
    with tempfile.TemporaryDirectory(prefix="autograder-wheel-") as place:
        copy, out = Path(place, "source"), Path(place, "out")
        write_folder(sources(project), copy)
        out.mkdir()
        environment = {**os.environ, "SOURCE_DATE_EPOCH": _EPOCH, "PYTHONDONTWRITEBYTECODE": "1"}
        built = subprocess.run(  # noqa: S603 - our own interpreter and our own sources
            [sys.executable, "-P", "-c", _BUILD, str(out)],
            cwd=copy, env=environment, umask=0o022, timeout=_SECONDS, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        wheels = sorted(out.glob("*.whl"))
        if built.returncode or len(wheels) != 1:
            raise InternalError(f"the framework's wheel can't be built:\n{built.stdout[-2000:]}")
        return wheels[0].name, File(wheels[0].read_bytes())
