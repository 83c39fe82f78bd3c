"""What several folders of tests share: courses to grade in, and a grader whose frameworks are imported once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.assignment import load
from autograder.grading.reference import find_solution
from autograder.grading.session import Grader, Order
from autograder.release.stubs import stub_files

collect_ignore = ["data"]  # the checks of the assignments there run inside of tests

ROOT = Path(__file__).parents[1]
QUICK = {
    "embed_dim": "16",
    "num_filters": "16",
    "epochs": "3",
    "learning_rate": "0.01",
    "train": "400",
    "test": "100",
    "keras.accuracy": "{ none = 0.0, full = 0.1 }",
    "torch.accuracy": "{ none = 0.0, full = 0.1 }",
    "keras.cpu_ratio": "{ none = 90.0, full = 60.0 }",
    "torch.cpu_ratio": "{ none = 90.0, full = 60.0 }",
}
MODULE = """\
ANSWERS = {answers!r}


def build_vocabulary(texts, max_tokens):
    return [ANSWERS.get(texts[0], "right")]
"""


@dataclass(frozen=True)
class Course:
    """A copy of one assignment in a course of its own, to be changed and graded.

    Attributes:
        top: Holds ``assignments/`` and, where there is one, ``solutions/``.
        name: The assignment's.
    """

    top: Path
    name: str

    @property
    def assignment(self) -> Path:
        return self.top / "assignments" / self.name

    @property
    def solution(self) -> Path:
        return self.top / "solutions" / self.name

    def change(self, file: str, old: str, new: str) -> Course:
        """Replace text in a file of the assignment's folder."""
        path = self.assignment / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        return self

    def check(self, text: str, file: str = "test_3_more.py") -> Course:
        """Put in a file of checks; task 3 is theirs, with 2 points."""
        (self.assignment / "checks" / file).write_text(text, encoding="utf-8")
        toml = (self.assignment / "assignment.toml").read_text(encoding="utf-8")
        if "number = 3" not in toml:
            self.change("assignment.toml", "points = 20", "points = 22")
            self.change(
                "assignment.toml", "]\n\n[modules]", '    { number = 3, title = "More", points = 2 },\n]\n\n[modules]'
            )
        return self

    def submit(self, keras: str | Mapping[str, str] = "", torch: str | Mapping[str, str] = "") -> Path:
        """A submission to ``mini``: each module as text, or by its answers (``right`` where none is given)."""
        folder = Path(self.top, f"submission-{len(list(self.top.iterdir()))}")
        folder.mkdir()
        for name, module in (("keras_mini.py", keras), ("torch_mini.py", torch)):
            text = module if isinstance(module, str) and module else MODULE.format(answers=dict(module or {}))
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    def order(self, path: Path, **more: object) -> Order:
        """What a TA orders: this submission with hidden data."""
        chosen = {"solution": find_solution(load(self.assignment)), "seed": 1, "hidden": True, **more}
        return Order(load(self.assignment), path, **chosen)  # type: ignore[arg-type]  # the tests' own business


@pytest.fixture
def mini(tmp_path: Path) -> Course:
    """An assignment whose checks end in the way that the submission says."""
    source = Path(__file__).parent / "data" / "course"
    shutil.copytree(source, tmp_path / "mini", ignore=shutil.ignore_patterns("__pycache__"))
    return Course(tmp_path / "mini", "mini")


@pytest.fixture
def cnn(tmp_path: Path) -> Course:
    """The TextCNN with its stubs, a training of a few seconds and bounds that it reaches."""
    top = tmp_path / "cnn"
    for shelf in ("assignments", "solutions"):
        skip = shutil.ignore_patterns("__pycache__", "mutants", "variants")
        shutil.copytree(ROOT / shelf / "text-cnn", top / shelf / "text-cnn", ignore=skip)
    course = Course(top, "text-cnn")
    for name, text in stub_files(course.solution, load(course.assignment).modules.values()).items():
        (course.assignment / name).write_text(text, encoding="utf-8")
    toml = course.assignment / "assignment.toml"
    text = toml.read_text(encoding="utf-8")
    for key, value in QUICK.items():
        text = re.sub(rf"^({re.escape(key)} = )[^#\n]*", rf"\g<1>{value} ", text, flags=re.MULTILINE)
    toml.write_text(text, encoding="utf-8")
    return course


@pytest.fixture(scope="session")
def grader() -> Iterator[Grader]:
    """Imports the frameworks once for all tests of one process."""
    with Grader() as grader:
        yield grader
