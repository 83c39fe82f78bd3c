"""What several folders of tests share: courses to grade in, and a grader whose frameworks are imported once."""

from __future__ import annotations

import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from autograder.assignment import load
from autograder.grading.handout import renewed
from autograder.grading.reference import find_solution
from autograder.grading.session import Grader, Order
from autograder.release.stubs import stub_files, write_stubs

collect_ignore = ["data"]  # the checks of the assignments there run inside of tests

ROOT = Path(__file__).parents[1]
QUICK = {
    "max_tokens": "60",
    "length": "12",
    "embed_dim": "12",
    "epochs": "4",
    "batch_size": "20",
    "learning_rate": "0.02",
    "source": '"csv"',
    "train": '200\npath = "data"',
    "test": "50",
    "keras.accuracy": "{ none = 0.6, full = 0.9 }",
    "torch.accuracy": "{ none = 0.6, full = 0.9 }",
    "keras.cpu_ratio": "{ none = 90.0, full = 60.0 }",  # so short a training is mostly noise
    "torch.cpu_ratio": "{ none = 90.0, full = 60.0 }",
}
WIDTH = {
    "text-cnn": {"num_filters": "10"},
    "text-lstm": {"hidden_size": "64"},
}  # one of the mistakes is to write the handout's
MODULE = """\
ANSWERS = {answers!r}


def build_vocabulary(texts, max_tokens):
    return [ANSWERS.get(texts[0], "right")]
"""


def pytest_configure() -> None:
    """Make the tests independent of how they were started, and of how busy the machine is."""
    from hypothesis import HealthCheck, settings  # not above: the attacks in the image take from this file, without it

    signal.signal(signal.SIGINT, signal.default_int_handler)  # `make test &` has it ignored, in all children as well
    settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("any machine")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Make the simulated GPU known before a test runs a backward pass; after one, a process can't get it any more."""
    if "torch" in sys.modules:
        from autograder.worker.simulated.device import SimulatedDevice

        SimulatedDevice.make_known()


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

    def derive(self) -> Course:
        """Renew the stubs and the handout's tables, as ``autograder stubs`` does."""
        assignment = load(self.assignment)
        write_stubs(self.solution, assignment.modules.values(), self.assignment)
        (self.assignment / "README.md").write_text(renewed(assignment, self.solution))
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
def text_course(tmp_path: Path) -> Callable[[str], Course]:
    """A text assignment by its name, with its stubs and its solution, and texts that its model learns in seconds."""
    return partial(_text_course, tmp_path)


@pytest.fixture(scope="session")
def make_text_course() -> Callable[[Path, str], Course]:
    """The same, in a folder that several tests share."""
    return _text_course


@pytest.fixture
def cnn(text_course: Callable[[str], Course]) -> Course:
    """The TextCNN as such a course."""
    return text_course("text-cnn")


def _text_course(place: Path, name: str) -> Course:
    top = place / name
    for folder in (f"assignments/{name}", f"solutions/{name}", "solutions/text-classifiers"):
        skip = shutil.ignore_patterns("__pycache__", "mutants", "variants")
        shutil.copytree(ROOT / folder, top / folder, ignore=skip)
    course = Course(top, name)
    for file, text in stub_files(course.solution, load(course.assignment).modules.values()).items():
        (course.assignment / file).write_text(text, encoding="utf-8")
    toml = course.assignment / "assignment.toml"
    toml.write_text(_quick(toml.read_text(encoding="utf-8"), QUICK | WIDTH[name]), encoding="utf-8")
    _write_texts(course.assignment / "data")
    return course


def _quick(toml: str, settings: Mapping[str, str]) -> str:
    toml = re.sub(r"^\[(thresholds|settings)\.trec\]\n([^\n]+\n)*", "", toml, flags=re.MULTILINE)
    toml = toml.replace("[thresholds.builtin]", "[thresholds.csv]")
    for key, value in settings.items():
        toml, found = re.subn(rf"^{re.escape(key)} = [^#\n]*", f"{key} = {value} ", toml, flags=re.MULTILINE)
        assert found == 1, f"{key} stands {found} times in assignment.toml"
    return toml


def _write_texts(folder: Path) -> None:
    """Texts whose class is told by a single pair of words."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for part, number in (("train", 200), ("test", 50)):
        lines = ["text,label"]
        for index in range(number):
            label = ("bad", "good")[index % 2]
            words = [f"word{n}" for n in rng.integers(0, 30, rng.integers(6, 11))]
            words.insert(int(rng.integers(len(words))), f"very {label}")
            lines.append(f"{' '.join(words)},{label}")
        (folder / f"{part}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def grader() -> Iterator[Grader]:
    """Imports the frameworks once for all tests of one process."""
    with Grader() as grader:
        yield grader
