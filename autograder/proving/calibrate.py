"""Repeated runs of the reference: what accuracy and CPU time a correct solution gets, and how far they scatter."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.assignment import Assignment
from autograder.blueprint import Framework
from autograder.checking.training import trained
from autograder.grading.reference import reference_files
from autograder.grading.session import Grader, Order

SIGMAS = 5.0  # below the mean: of 5 runs, whose deviation is uncertain by a third, still less than 1 in 1,000
LEAST_MARGIN = 0.02  # of accuracy: correct solutions initialise in other ways than the reference


@dataclass(frozen=True)
class Run:
    """One training of the reference.

    Attributes:
        accuracy: Share of the test texts, recomputed from the trained weights.
        cpu_seconds: Of the training alone.
    """

    framework: Framework
    seed: int
    accuracy: float
    cpu_seconds: float


@dataclass(frozen=True)
class Summary:
    """What the runs of one framework come to."""

    framework: Framework
    runs: tuple[Run, ...]

    @property
    def mean(self) -> float:
        return statistics.fmean(run.accuracy for run in self.runs)

    @property
    def lowest(self) -> float:
        return min(run.accuracy for run in self.runs)

    @property
    def deviation(self) -> float:
        return statistics.stdev(run.accuracy for run in self.runs) if len(self.runs) > 1 else 0.0

    @property
    def cpu_seconds(self) -> float:
        return statistics.fmean(run.cpu_seconds for run in self.runs)

    @property
    def full(self) -> float:
        """A bound for all points that a correct solution hardly ever misses, rounded down to a hundredth."""
        bound = self.mean - max(SIGMAS * self.deviation, LEAST_MARGIN)
        return int(bound * 100) / 100


def runs(assignment: Assignment, solution: Path, seeds: Sequence[int]) -> Iterator[Run]:
    """Train the reference once for each seed and framework, confined and permuted as in a grading."""
    with Grader() as grader, tempfile.TemporaryDirectory(prefix="autograder-reference-") as place:
        submission = reference_files(assignment, solution, Path(place, "files"))
        for seed in seeds:
            order = Order(assignment, submission, solution, seed, hidden=True)
            with grader.prepared(order) as grading:
                for framework in Framework:
                    done = trained(grading, framework)
                    accuracy = float((done.logits.argmax(axis=1) == grading.data.test_labels).mean())
                    yield Run(framework, seed, accuracy, done.fitted.cpu_seconds)


def summaries(done: Sequence[Run]) -> list[Summary]:
    return [Summary(f, tuple(run for run in done if run.framework is f)) for f in Framework]
