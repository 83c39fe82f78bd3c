"""Imports one framework and hands out its adapter."""

from __future__ import annotations

import importlib.metadata

from autograder.worker.adapter import Adapter


def load(framework: str) -> Adapter:
    """Import the framework, run nothing of it, and return its adapter."""
    if framework == "keras":
        from autograder.worker.keras_adapter import KerasAdapter

        return KerasAdapter()
    if framework == "torch":
        from autograder.worker.torch_adapter import TorchAdapter

        return TorchAdapter()
    raise ValueError(f"no adapter for {framework!r}")


def versions(framework: str) -> dict[str, str]:
    """Versions of the packages that the framework's results depend on."""
    packages = {"keras": ("keras", "tensorflow-cpu", "tensorflow", "numpy"), "torch": ("torch", "numpy")}[framework]
    return {name: version for name in packages if (version := _version(name))}


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
