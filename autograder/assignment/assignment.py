"""An assignment, as its ``assignment.toml`` declares it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr

from autograder.assignment import models
from autograder.assignment.blueprints import load_function
from autograder.assignment.locate import line_of, locate
from autograder.assignment.models import Data, Late, Leaderboard, Limits, Text, TextSizes, Thresholds, Training
from autograder.assignment.problems import did_you_mean
from autograder.assignment.rules import blueprint_place, broken_files
from autograder.errors import AssignmentError
from autograder.report import Task

FILE = "assignment.toml"


class Assignment(models.Section):
    """What an instructor declares; made by :func:`load`, which checks it.

    Attributes:
        name, title: Its short name, and the heading that students see.
        points: All tasks' points together.
        blueprint: File and function, ``blueprint.py:text_cnn``.
        modules: The student's module, without ``.py``, by framework.
        packages: What students may import besides NumPy, the standard library and a file's own framework.
        helpers: Modules of their own that students may hand in besides: any, or those of these names; none by default.
        tasks: The rubric.
        weights, visibility: What overrides single checks' own, by number.
        sizes: Arguments of the blueprint for the model that is trained; vocab_size and num_classes come from the data.
        text, training, data: How texts become ids, how and on what the model is trained; none where nothing is trained.
        limits: What a submission may use.
        thresholds: By source of data.
        settings: Other texts, sizes and training for other data, by its source.
        counts: Which of a student's submissions gives the points.
        late: What handing in late costs; none where it costs nothing.
        leaderboard: What the leaderboard shows; none where there is no such thing.
    """

    name: Text
    title: Text
    points: models.Positive
    blueprint: Text
    modules: models.Modules
    packages: models.Packages = ()
    helpers: models.Helpers = False
    tasks: models.Tasks
    weights: models.Weights = Field(default_factory=dict)
    visibility: models.Visibilities = Field(default_factory=dict)
    sizes: models.Sizes = Field(default_factory=dict)
    text: TextSizes | None = None
    training: Training | None = None
    data: Data | None = None
    limits: Limits = Field(default_factory=Limits)
    thresholds: models.AllThresholds = Field(default_factory=dict)
    settings: models.AllSettings = Field(default_factory=dict)
    counts: models.Counts = "latest"
    late: Late | None = None
    leaderboard: Leaderboard | None = None
    _folder: Path = PrivateAttr()

    @property
    def folder(self) -> Path:
        """The folder that holds ``assignment.toml``."""
        return self._folder

    @property
    def rubric(self) -> tuple[Task, ...]:
        """The tasks in the Report's terms."""
        return tuple(entry.as_task() for entry in self.tasks)

    @property
    def data_path(self) -> Path | None:
        """Where local data lies; none for built-in data."""
        return self.folder / self.data.path if self.data and self.data.path else None

    def blueprint_function(self, name: str | None = None) -> Callable[..., Any]:
        """The function that declares the model: takes the sizes by keyword, gives the blueprint.

        Args:
            name: Another function of the same file, such as the one that draws sizes to probe a model at.

        Raises:
            AssignmentError: It can't be loaded.
        """
        file, declares_model = blueprint_place(self.folder, self.blueprint)
        return load_function(file, name or declares_model)

    def weight_of(self, number: str, declared: float) -> float:
        """Points of the check ``number``, which its own decorator puts at ``declared``."""
        return self.weights.get(number, declared)

    @property
    def has_thresholds(self) -> bool:
        """Whether there are bounds for the data in use."""
        return self.data is not None and self.data.source in self.thresholds

    def thresholds_for(self, framework: Literal["keras", "torch"]) -> Thresholds:
        """The bounds on the data in use.

        Raises:
            AssignmentError: There are none for this source of data.
        """
        source = self.data.source if self.data else "none"
        if self.data is None or not self.has_thresholds:
            advice = "`autograder calibrate` measures them"
            raise AssignmentError(f"{self.folder / FILE} has no [thresholds.{source}] for the data in use; {advice}")
        found: Thresholds = getattr(self.thresholds[self.data.source], framework)
        return found

    def with_data(self, spec: str) -> Self:
        """A copy that uses other data: ``builtin``, or ``trec=PATH``, ``csv=PATH``, ``folders=PATH``.

        Raises:
            AssignmentError: No such source or path, or nothing is trained in this assignment.
        """
        if self.data is None:
            raise AssignmentError(f"{self.name} trains on no data, so --data {spec} has no use: leave it out")
        data = _other_data(spec, self.data)
        changed = self.model_copy(update={"data": data, **self._settings_of(data)})
        problems = list(broken_files(changed.data, self.folder))
        if problems:
            raise AssignmentError(f"data {spec!r}: there is no {changed.data_path}")
        return changed

    def _settings_of(self, data: Data) -> dict[str, object]:
        """The tables that other data changes."""
        if data.source not in self.settings:
            return {}
        other = self.settings[data.source]
        changed: dict[str, object] = {"sizes": {**self.sizes, **other.sizes}}
        if self.text is not None:
            changed["text"] = self.text.model_copy(update=other.text.model_dump(exclude_none=True))
        if self.training is not None:
            changed["training"] = self.training.model_copy(update=other.training.model_dump(exclude_none=True))
        return changed

    def where(self, *path: str | int) -> str:
        """``assignments/text-cnn/assignment.toml:41`` for the key path ``"weights", "2.3"``."""
        file = self.folder / FILE
        return f"{file}:{line_of(locate(file.read_text(encoding='utf-8')), path)}"


def _other_data(spec: str, declared: Data | None) -> Data:
    source, equals, path = spec.partition("=")
    same = declared if declared and declared.source == source else None
    if source == "builtin" and not equals:
        return same or Data(source="builtin", train=2000, test=500)
    known = {"trec", "csv", "folders"}
    if source in known and path:
        sizes = {"train": same.train, "test": same.test} if same else {}
        return Data.model_validate({"source": source, "path": str(Path(path).expanduser().absolute()), **sizes})
    known_forms = ("builtin", *(f"{name}=PATH" for name in sorted(known)))
    near = did_you_mean(source, ["builtin", *sorted(known)]) if source not in {*known, "builtin"} else ""
    near = "" if near.startswith("; known") else near  # the forms say what is known
    raise AssignmentError(f"data {spec!r}: must be one of {', '.join(known_forms)}{near}")
