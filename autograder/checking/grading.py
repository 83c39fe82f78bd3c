"""One grading of one submission: what the checks may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from autograder.assignment import Assignment
from autograder.assignment.models import Measure
from autograder.blueprint import TOKEN_IDS, Blueprint, Framework
from autograder.checking.data import TrainingData, prepare
from autograder.checking.needs import Devices
from autograder.checking.recorder import Recorder
from autograder.datasets import Dataset
from autograder.errors import SubmissionError
from autograder.report import LeaderboardEntry
from autograder.student.handle import Module, Student
from autograder.student.model import Inputs, Model, Sizes

PROBES = 12  # inputs that tell one model from another
IMAGES = 4  # axes of a batch of them


def _answers(module: Module, sizes: Sizes, images: Inputs, channels_first: bool) -> bool:
    """Whether a model can be made and called with images in this orientation."""
    try:
        model = module.build(sizes, 0, images[:1], channels_first=channels_first)
        model.forward(images, training=False)
    except SubmissionError:
        return False
    return True


@dataclass(frozen=True)
class _Raised:
    error: Exception


class Grading:
    """The student's handle, the assignment and its data, and the generator that everything random comes from.

    Attributes:
        student: The submission.
        reference: The course's own solution, served and confined like the student's; None where it is not at hand.
        hidden: Whether the data is hidden from the student.
        devices: What the checks may use besides the CPU.
        frugal: Whether memory is short: then one framework is graded after the other, and no process of the student's
            or the reference's is kept longer than it is needed.
        found: What checks found out that later checks use, by key.
        shared: What gradings of other submissions on this machine may use as well: the reference's runs.
    """

    def __init__(  # noqa: PLR0913 - all but three go by their names
        self,
        assignment: Assignment,
        student: Student,
        recorder: Recorder,
        *,
        seed: int,
        dataset: Callable[[], Dataset],
        reference: Student | None = None,
        hidden: bool = False,
        shared: dict[tuple[object, ...], Any] | None = None,
        devices: Devices | None = None,
        frugal: bool = False,
    ) -> None:
        self.assignment = assignment
        self.student = student
        self.recorder = recorder
        self.reference = reference
        self.hidden = hidden
        self.found: dict[tuple[object, ...], Any] = {}
        self.shared = {} if shared is None else shared
        self.devices = devices or Devices()
        self.frugal = frugal
        self._seed = seed
        self._dataset = dataset
        self._make: Callable[..., Blueprint] = assignment.blueprint_function()
        self._draw: Callable[[np.random.Generator], dict[str, Any]] = assignment.blueprint_function("draw_sizes")

    def rng(self, *purpose: str | int) -> np.random.Generator:
        """A generator of this purpose's own, so that the checks' order and selection change nothing."""
        key = [int.from_bytes(str(part).encode(), "little") for part in purpose]
        return np.random.default_rng([self._seed, *key])

    def blueprint(self, sizes: Sizes, framework: Framework | None = None) -> Blueprint:
        """The declared model; where its end is another one in each framework, that of ``framework``."""
        declared = self._make(**sizes)
        return declared if framework is None else declared.of(framework)

    def inputs(self, rng: np.random.Generator, sizes: Sizes, number: int = PROBES, *, trains: bool = False) -> Inputs:
        """What to probe a model of these sizes with.

        Returns:
            Token ids, int64 [number, t], t a little above what the model needs, with padding at some ends; or float32
            images. What ``trains`` the model has padding only where the model heeds it: to the others id 0 is a word,
            but one that some embeddings rightly never train.
        """
        blueprint = self.blueprint(sizes)
        if blueprint.inputs != TOKEN_IDS:
            return blueprint.example_inputs(rng, number).astype(np.float32)
        length = blueprint.shortest + int(rng.integers(2, 7))
        if trains and not blueprint.heeds_padding:
            return rng.integers(1, sizes["vocab_size"], (number, length))
        return blueprint.example_inputs(rng, number, length + 2)

    def build(self, module: Module, sizes: Sizes, seed: int = 0) -> Model:
        """A model of these sizes by a student's (or the reference's) module, which gets images as it takes them."""
        example = self.inputs(self.rng("example"), sizes, 1)
        if example.ndim == IMAGES and self.once(("channels first", module), lambda: self._takes_channels_first(module)):
            return module.build(sizes, seed, example, channels_first=True)
        return module.build(sizes, seed, example)

    def _takes_channels_first(self, module: Module) -> bool:
        """Whether the module's models take images with their channels first, the axes moved by its functions.

        Only where a model can be called in one of the two ways is that known, at sizes at which the axes are told
        apart; where both work, or none, it takes them as the handout gives them.
        """
        sizes = self.draw_sizes(self.rng("axes"))
        example = self.inputs(self.rng("axes", "images"), sizes, 2)
        return not _answers(module, sizes, example, False) and _answers(module, sizes, example, True)

    def draw_sizes(self, rng: np.random.Generator) -> dict[str, Any]:
        """Arguments of ``build_model`` that no student can know beforehand, by the assignment's ``draw_sizes``."""
        return self._draw(rng)

    def rank(self, measure: Measure, framework: Framework, value: float) -> None:
        """Enter a figure into the leaderboard, if the assignment shows it there."""
        shown = self.assignment.leaderboard.show if self.assignment.leaderboard else ()
        if measure in shown:
            name = f"{measure} ({framework.label})"
            self.recorder.leaderboard(LeaderboardEntry(name, value, ascending=measure != "accuracy"))

    def once(
        self, key: tuple[object, ...], make: Callable[[], Any], *, good: Callable[[Any], bool] = lambda _: True
    ) -> Any:
        """What ``make`` returned, or raised, the first time that it was asked for under this key.

        It is made anew when it is no longer ``good``, as a model isn't whose worker had to be killed.
        """
        if key in self.found and not isinstance(self.found[key], _Raised) and not good(self.found[key]):
            del self.found[key]
        if key not in self.found:
            try:
                self.found[key] = make()
            except Exception as error:  # noqa: BLE001 - kept and raised anew each time, whatever it is
                self.found[key] = _Raised(error)
        found = self.found[key]
        if isinstance(found, _Raised):
            raise found.error
        return found

    @property
    def device_wanted(self) -> str:
        """What device checks ask a worker for: ``real`` (simulated where the machine has none) or ``simulated``."""
        return self.devices.wanted

    @device_wanted.setter
    def device_wanted(self, wanted: str) -> None:
        self.devices.wanted = wanted

    @cached_property
    def dataset(self) -> Dataset:
        return self._dataset()

    @cached_property
    def data(self) -> TrainingData:
        data = prepare(self.dataset, self.assignment, self.rng("permutation"), hidden=self.hidden)
        self.recorder.amend(data=data.description)
        return data

    @property
    def sizes(self) -> dict[str, Any]:
        """Arguments of ``build_model`` for the handout's model, which is the one that is trained."""
        if self.assignment.data is None:
            return dict(self.assignment.sizes)
        return {
            **self.assignment.sizes,
            "vocab_size": self.data.vocab_size,
            "num_classes": self.data.num_classes,
        }
