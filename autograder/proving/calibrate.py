"""Repeated runs of the references: what accuracy and CPU time correct solutions get, and how far they scatter."""

from __future__ import annotations

import hashlib
import math
import statistics
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

from autograder.assignment import Assignment
from autograder.blueprint import Framework
from autograder.checking.training import trained
from autograder.errors import AssignmentError, SubmissionError
from autograder.grading.reference import reference_files
from autograder.grading.session import Grader, Order

RATE = 1e-3  # of correct solutions that a bound may fail,
CONFIDENCE = 0.95  # with this confidence, for the runs are few
FEWEST = 5  # runs, below which the deviation is hardly known
RECOMMENDED = 10  # runs, which the README has everybody make
LEAST_MARGIN = 0.02  # of accuracy: correct solutions initialise in other ways than the reference


@dataclass(frozen=True)
class Job:
    """A reference and what it is trained on.

    Attributes:
        data: What the table calls the data; empty where nothing is trained.
    """

    assignment: Assignment
    solution: Path
    data: str

    @property
    def trains(self) -> bool:
        return self.assignment.training is not None and self.assignment.data is not None

    @cached_property
    def digest(self) -> str:
        """Stands for all that a run depends on: declared sizes and settings, the blueprint, the reference's sources."""
        assignment = self.assignment
        settings = str([assignment.sizes, assignment.text, assignment.training, assignment.data])
        blueprint = assignment.folder / assignment.blueprint.partition(":")[0]
        with tempfile.TemporaryDirectory(prefix="autograder-reference-") as place:
            sources = sorted(reference_files(assignment, self.solution, Path(place, "files")).iterdir())
            texts = [settings.encode(), *(file.read_bytes() for file in [blueprint, *sources])]
        return hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]


@dataclass(frozen=True)
class Planned:
    """One training that is to be done."""

    job: Job
    seed: int
    framework: Framework

    @property
    def key(self) -> tuple[object, ...]:
        return self.job.assignment.name, self.job.data, self.framework, self.seed, self.job.digest


@dataclass(frozen=True)
class Run:
    """One training of a reference.

    Attributes:
        assignment, data: Names, as the table has them.
        parameters: Trainable numbers of the model.
        accuracy: Share of the test texts, recomputed from the trained weights.
        cpu_seconds, wall_seconds: Of the training alone.
        digest: Of all that the run depends on, see `Job`.
    """

    assignment: str
    data: str
    framework: Framework
    seed: int
    parameters: int
    accuracy: float
    cpu_seconds: float
    wall_seconds: float
    digest: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        return self.assignment, self.data, self.framework, self.seed, self.digest


@dataclass(frozen=True)
class Failed:
    """A training that came to nothing, and why."""

    planned: Planned
    reason: str


@dataclass(frozen=True)
class Untrained:
    """A model whose assignment trains nothing, such as a warm-up's."""

    assignment: str
    framework: Framework
    parameters: int


@dataclass(frozen=True)
class Summary:
    """What the runs of one assignment, on one set of data, in one framework come to; there is at least one."""

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
    def wall_seconds(self) -> float:
        return statistics.fmean(run.wall_seconds for run in self.runs)

    @property
    def safe_accuracy(self) -> float:
        """The highest bound that fails a correct solution in one of 1,000 trainings at most."""
        return self.mean - max(tolerance_factor(len(self.runs)) * self.deviation, LEAST_MARGIN)

    @property
    def full(self) -> float:
        """That bound rounded down to a hundredth."""
        return max(int(self.safe_accuracy * 100), 0) / 100


def tolerance_factor(runs: int) -> float:
    """How many deviations below the mean of so many runs all but one in 1,000 lie, with a confidence of 95 %.

    A one-sided tolerance limit of the normal distribution, by Natrella's approximation (NIST/SEMATECH e-Handbook of
    Statistical Methods, section 7.2.6.3). Fewer than three runs say nothing; they get the factor of three.
    """
    n, normal = max(runs, 3), statistics.NormalDist()
    share, sure = normal.inv_cdf(1 - RATE), normal.inv_cdf(CONFIDENCE)
    a, b = 1 - sure**2 / (2 * (n - 1)), share**2 - sure**2 / n
    return (share + math.sqrt(share**2 - a * b)) / a


def plan(jobs: Sequence[Job], seeds: Sequence[int], done: Collection[Run] = ()) -> list[Planned]:
    """What is still to be trained, in order; ``done`` are runs of an earlier call.

    Raises:
        AssignmentError: The earlier runs were of something else, with which new ones can't stand in one table.
    """
    digests = {(job.assignment.name, job.data): job.digest for job in jobs if job.trains}
    if stale := [run for run in done if digests.get((run.assignment, run.data), run.digest) != run.digest]:
        name, data = stale[0].assignment, stale[0].data
        raise AssignmentError(f"{name} on {data} has changed since the runs that the file holds: choose another file")
    known = {run.key for run in done}
    every = [Planned(job, seed, f) for job in jobs if job.trains for seed in seeds for f in Framework]
    return [planned for planned in every if planned.key not in known]


def train(todo: Sequence[Planned], begun: Callable[[Planned], None]) -> Iterator[Run | Failed]:
    """Train the references, confined and permuted as in a grading; ``begun`` is told what begins."""
    with Grader() as grader, tempfile.TemporaryDirectory(prefix="autograder-reference-") as place:
        for number, ((job, seed), group) in enumerate(groupby(todo, key=lambda planned: (planned.job, planned.seed))):
            submission = reference_files(job.assignment, job.solution, Path(place, f"files{number}"))
            order = Order(job.assignment, submission, job.solution, seed, hidden=True, unprotected=True)
            yield from _train(grader, order, list(group), begun)


def _train(
    grader: Grader, order: Order, todo: Sequence[Planned], begun: Callable[[Planned], None]
) -> Iterator[Run | Failed]:
    with grader.prepared(order) as grading:
        for planned in todo:
            begun(planned)
            try:
                done = trained(grading, planned.framework)
            except SubmissionError as error:
                yield Failed(planned, error.finding.message)
                continue
            accuracy = float((done.logits.argmax(axis=1) == grading.data.test_labels).mean())
            parameters = grading.blueprint(grading.sizes).count(planned.framework)
            cost = done.fitted.cpu_seconds, done.fitted.seconds
            yield Run(
                order.assignment.name,
                planned.job.data,
                planned.framework,
                planned.seed,
                parameters,
                accuracy,
                *cost,
                planned.job.digest,
            )


def untrained(jobs: Sequence[Job]) -> tuple[Untrained, ...]:
    """The models of the assignments that train nothing, at the handout's sizes."""
    found = []
    for assignment in (job.assignment for job in jobs if not job.trains):
        blueprint = assignment.blueprint_function()(**assignment.sizes)
        found += [Untrained(assignment.name, framework, blueprint.count(framework)) for framework in Framework]
    return tuple(found)


def summaries(done: Sequence[Run]) -> list[Summary]:
    """One for each assignment, data and framework, in the order in which they were first met, Keras before PyTorch."""
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in done:
        groups.setdefault((run.assignment, run.data), []).append(run)
    split = [tuple(run for run in group if run.framework is f) for group in groups.values() for f in Framework]
    return [Summary(of_one) for of_one in split if of_one]
