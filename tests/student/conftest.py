"""Submissions that are written in a test and served by confined workers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from autograder.assignment import Limits
from autograder.blueprint import Framework
from autograder.student.handle import Module, Student, Submission
from autograder.student.zygotes import Zygote

SIZES = {"length": 3, "num_classes": 2}
MODULE = """
import numpy as np

def build_model(*, length, num_classes):
    return {"w": np.ones((length, num_classes), np.float32), "b": np.zeros(num_classes, np.float32)}

def predict(model, token_ids):
    return np.asarray(token_ids @ model["w"] + model["b"], np.float32)
"""


class PlainZygote(Zygote):
    """Without a framework; it goes by PyTorch's name."""

    def __init__(
        self, *, may_fork: bool = True, program: str = "plain_zygote.py", gpu: bool = False, at_once: bool = True
    ) -> None:
        self.program = Path(__file__).parent / program
        super().__init__(Framework.TORCH, may_fork=may_fork, gpu=gpu, at_once=at_once)

    def _another(self, *, gpu: bool) -> PlainZygote:
        return PlainZygote(may_fork=self._may_fork, program=self.program.name, gpu=gpu)

    def _command(self) -> list[str]:
        return [sys.executable, "-I", str(self.program)]


@pytest.fixture
def new_zygote() -> Iterator[Callable[..., Zygote]]:
    """Makes zygotes that a test may break; closes them in the end."""
    made: list[Zygote] = []

    def make(**options: Any) -> Zygote:
        made.append(PlainZygote(**options))
        return made[-1]

    yield make
    for zygote in made:
        zygote.close()


@pytest.fixture(scope="session")
def plain() -> Iterator[Zygote]:
    """Forks workers that have no framework."""
    zygote = PlainZygote()
    yield zygote
    zygote.close()


@pytest.fixture(scope="session")
def turning() -> Iterator[Zygote]:
    """Can't fork: becomes the worker itself, each time anew."""
    zygote = PlainZygote(may_fork=False)
    yield zygote
    zygote.close()


@pytest.fixture(params=["forks", "turns"])
def either(request: pytest.FixtureRequest) -> Zygote:
    """Both ways to a worker, one after the other."""
    found: Zygote = request.getfixturevalue({"forks": "plain", "turns": "turning"}[request.param])
    return found


@pytest.fixture(scope="session")
def torch_zygote() -> Iterator[Zygote]:
    zygote = Zygote(Framework.TORCH)
    yield zygote
    zygote.close()


@pytest.fixture(scope="session")
def keras_zygote() -> Iterator[Zygote]:
    zygote = Zygote(Framework.KERAS)
    yield zygote
    zygote.close()


Submit = Callable[..., Module]


@pytest.fixture
def students(tmp_path: Path, plain: Zygote) -> Iterator[Callable[..., Student]]:
    """Makes students of source text (or of several files by name); closes them in the end."""
    made: list[Student] = []

    def make(
        source: str | Mapping[str, str] = MODULE,
        zygote: Zygote = plain,
        secrets: tuple[Path, ...] = (),
        **limits: Any,
    ) -> Student:
        folder = tmp_path / f"submission-{len(made)}"
        folder.mkdir()
        files = {"work.py": source} if isinstance(source, str) else source
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(dedent(text), encoding="utf-8")
        submission = Submission(folder, {zygote.framework: "work"})
        student = Student(submission, {zygote.framework: zygote}, Limits(**limits), secrets)
        made.append(student)
        return student

    yield make
    for student in made:
        student.close()


@pytest.fixture
def submit(students: Callable[..., Student]) -> Submit:
    """As ``students``; gives the one module."""

    def make(source: str | Mapping[str, str] = MODULE, **more: Any) -> Module:
        student = students(source, **more)
        return next(iter(student._modules.values()))

    return make
