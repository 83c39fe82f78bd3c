"""Whether a machine may have a GPU is told from its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.sandbox.accelerators import device_files, may_have_gpu


def machine(root: Path, *files: str) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return root


@pytest.mark.parametrize(
    ("system", "processor", "files", "found"),
    [
        ("Linux", "x86_64", (), False),
        ("Linux", "x86_64", ("dev/null", "dev/nvidia-uvm"), False),
        ("Linux", "x86_64", ("dev/nvidiactl",), True),
        ("Linux", "aarch64", ("dev/nvidia0",), True),
        ("Darwin", "arm64", (), True),
        ("Darwin", "x86_64", ("dev/nvidiactl",), False),
        ("Windows", "AMD64", ("dev/nvidiactl",), False),
    ],
)
def test_a_machine_may_have_a_gpu(tmp_path, system, processor, files, found):
    assert may_have_gpu(system, processor, machine(tmp_path, *files)) is found


def test_the_drivers_files_and_no_others(tmp_path):
    root = machine(tmp_path, "dev/nvidia0", "dev/nvidiactl", "dev/nvidia-caps/nvidia-cap1", "dev/null", "dev/sda")
    assert device_files(root) == tuple(str(root / "dev" / name) for name in ("nvidia-caps", "nvidia0", "nvidiactl"))


def test_a_machine_without_a_driver_has_none_of_its_files(tmp_path):
    assert device_files(tmp_path) == ()
