"""Running an assignment's ``blueprint.py``: the instructor's own code, trusted as the rest of the declaration is."""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.assignment.problems import did_you_mean
from autograder.errors import AssignmentError


def load_function(file: Path, name: str) -> Callable[..., Any]:
    """The function ``name`` of the Python file ``file``, which is run for it.

    Raises:
        AssignmentError: There is no such file or function, or running the file failed.
    """
    if not file.is_file():
        raise AssignmentError(f"there is no file {file}")
    names = vars(_run(file))
    function = names.get(name)
    if callable(function):
        return function  # type: ignore[no-any-return]  # callable() is all that can be known here
    public = [key for key, value in names.items() if callable(value) and not key.startswith("_")]
    raise AssignmentError(f"{file.name} has no function {name!r}{did_you_mean(name, public)}")


def _run(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_loader(f"blueprint of {file.absolute()}", _Uncached(file))
    if spec is None:  # pragma: no cover  # a loader was given
        raise AssignmentError(f"{file} can't be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their own module up here
    try:
        _Uncached(file).exec_module(module)
    except Exception as error:  # whatever the instructor's file raises is theirs to see
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        raise AssignmentError(f"running {file.name} failed at {where}: {type(error).__name__}: {error}") from error
    return module


class _Uncached(importlib.abc.SourceLoader):
    """Reads no bytecode and writes none: the assignment's folder stays as it is, and an edit counts at once."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def get_filename(self, fullname: str) -> str:  # noqa: ARG002  # the signature is importlib's
        return str(self.file)

    def get_data(self, path: str | bytes) -> bytes:
        return Path(str(path)).read_bytes()
