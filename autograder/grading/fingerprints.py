"""Hashes of what a grade rests on: the same hashes mean the same submission, assignment and grader.

They are over contents and relative names alone: so they are the same on every machine, and for a folder and its zip.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Collection, Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[1]
VERIFICATION: Final = "verification.json"  # what `verify` leaves beside a solution, of which no grade depends
VERDICTS: Final = "verdicts.jsonl"
LEFT_OUT: Final = frozenset({"__pycache__", ".pytest_cache", ".DS_Store", VERIFICATION, VERDICTS})
PACKAGES: Final = ("autograder", "keras", "numpy", "tensorflow", "tensorflow-cpu", "torch")


def content_hash(folders: Iterable[Path], without: Collection[str] = ()) -> str:
    """SHA-256 over names and bytes of the files in these folders.

    Args:
        folders: Where they are; their own names don't count, their order does. A file stands for itself.
        without: Names of files and folders that don't count.
    """
    digest, left_out = hashlib.sha256(), LEFT_OUT.union(without)
    for number, folder in enumerate(folders):
        there = [folder] if folder.is_file() else folder.rglob("*")
        files = (path for path in there if left_out.isdisjoint(path.relative_to(folder).parts))
        for path in sorted(path for path in files if path.is_file()):
            content = path.read_bytes()
            digest.update(f"{number}/{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


@cache
def package_hash() -> str:
    """Of the framework package itself, as it was when this process asked first."""
    return content_hash([PACKAGE])


def sources(folder: Path, solution: Path) -> list[Path]:
    """The folders that an assignment's grades depend on: its own, its solution's, and what solutions share.

    Args:
        folder: The assignment's.
        solution: Its solution's; neighbours of it that are no assignment's solution are shared.
    """
    neighbours = sorted(path for path in solution.parent.iterdir() if path.is_dir() and path != solution)
    return [folder, solution, *(path for path in neighbours if not (folder.parent / path.name).is_dir())]


def installed() -> dict[str, str]:
    """Versions of what results depend on, by package."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # one of two builds of TensorFlow
            continue
    return found
