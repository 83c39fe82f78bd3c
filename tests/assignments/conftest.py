"""A handout as its tests read it, and the solutions that they compare it with."""

from __future__ import annotations

import ast
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autograder.assignment import Assignment, load
from autograder.blueprint import Blueprint
from autograder.release.masters import whole

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Handout:
    """The handout of the assignment of this name."""

    name: str

    @property
    def folder(self) -> Path:
        return ROOT / "assignments" / self.name

    @property
    def solution(self) -> Path:
        return ROOT / "solutions" / self.name

    @cached_property
    def assignment(self) -> Assignment:
        return load(self.folder)

    @cached_property
    def text(self) -> str:
        return (self.folder / "README.md").read_text(encoding="utf-8")

    @cached_property
    def flat(self) -> str:
        """With all white space alike."""
        return " ".join(self.text.split())

    @cached_property
    def prose(self) -> str:
        """Without tables, and with all white space alike."""
        return " ".join(re.sub(r"^\|.*$", "", self.text, flags=re.MULTILINE).split())

    def generated(self, name: str) -> str:
        """The table that is made from the declaration."""
        return self.text.split(f"<!-- {name}:begin -->\n\n")[1].split(f"\n<!-- {name}:end -->")[0]

    def rows(self, start: str) -> list[list[str]]:
        """Cells of the table whose first line begins so, without its head."""
        lines = self.text[self.text.index(f"\n{start}") + 1 :].splitlines()
        end = next(i for i, line in enumerate(lines) if not line.startswith("|"))
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:end]]

    @cached_property
    def sizes(self) -> dict[str, Any]:
        """The arguments of build_model that it states."""
        code = self.generated("call").strip().removeprefix("```python").removesuffix("```").strip()
        (call,) = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))
        return {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}

    @cached_property
    def blueprint(self) -> Blueprint:
        made: Blueprint = self.assignment.blueprint_function()(**self.sizes)
        return made

    def module(self, framework: str) -> ModuleType:
        """The solution, as a module."""
        name = self.assignment.modules[framework]
        module = ModuleType(name)
        exec(compile(whole(self.solution / f"{name}.py"), name, "exec"), vars(module))
        return module


@pytest.fixture(scope="module")
def handout(request):
    """Of the assignment that the test, or its module, names."""
    return Handout(getattr(request, "param", None) or request.module.NAME)


@pytest.fixture(scope="module")
def prose(handout):
    return handout.prose


@pytest.fixture(scope="module")
def row(handout, request):
    """The cells of the module's table, by the first."""
    return {name: cells for name, *cells in handout.rows(request.module.TABLE)}


@pytest.fixture(scope="module")
def keras_solution(handout):
    return handout.module("keras")


@pytest.fixture(scope="module")
def torch_solution(handout):
    return handout.module("torch")


@pytest.fixture
def seeded():
    """So that what is drawn is the same each time."""
    import keras
    import torch

    keras.utils.set_random_seed(0)
    torch.manual_seed(0)


@pytest.fixture
def eager():
    """Keras's fit without a graph: it takes longer to trace than these few steps do."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
