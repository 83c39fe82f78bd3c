"""Whether an assignment's bounds are fair: how often they fail a correct solution, by the reference's recorded runs."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Final

from autograder.assignment import Thresholds
from autograder.blueprint import Framework
from autograder.proving.calibrate import FEWEST, Job, Run, Summary, summaries, tolerance_factor
from autograder.proving.calibration import Calibration, here

NAME: Final = "calibration.json"  # beside the solution
# A bound rests on what these compute; who reads the results, and by which Python, is no matter.
DECISIVE: Final = ("keras", "numpy", "tensorflow", "tensorflow-cpu", "torch")


def doubts(job: Job, calibration: Calibration | None, bounds: Mapping[Framework, Thresholds]) -> list[str]:
    """Why the bounds of an assignment for this data can't be relied on, as sentences; none where they can.

    Args:
        job: The reference and the data.
        calibration: Its recorded runs, where there are any.
        bounds: Of each framework.
    """
    renew = f"run `autograder calibrate {job.assignment.name} --out solutions/{job.solution.name}/{NAME}`"
    runs = [] if calibration is None else _runs_of(job, calibration)
    if calibration is None or not runs:
        return [f"the bounds for {job.data} rest on no recorded runs: {renew}"]
    if any(run.digest != job.digest for run in runs):
        return [f"the bounds for {job.data} are out of date, since settings or sources have changed: {renew}"]
    if changed := _other_versions(calibration):
        return [f"the bounds for {job.data} are out of date, since they were measured with {changed}: {renew}"]
    found = {summary.runs[0].framework: summary for summary in summaries(runs)}
    return [doubt for framework in Framework for doubt in _of_framework(job, framework, found, bounds[framework])]


def _runs_of(job: Job, calibration: Calibration) -> list[Run]:
    return [run for run in calibration.runs if (run.assignment, run.data) == (job.assignment.name, job.data)]


def _other_versions(calibration: Calibration) -> str:
    now, before = here()[0], calibration.versions
    return ", ".join(f"{p} {before.get(p, 'none')}" for p in DECISIVE if before.get(p) != now.get(p))


def _of_framework(
    job: Job, framework: Framework, found: Mapping[Framework, Summary], bounds: Thresholds
) -> Sequence[str]:
    summary = found.get(framework)
    if summary is None or len(summary.runs) < FEWEST:
        number = 0 if summary is None else len(summary.runs)
        return [f"{framework.label} on {job.data} has {number} recorded runs: a bound wants {FEWEST} at least"]
    said = []
    if bounds.accuracy.full > (safe := summary.safe_accuracy):
        said.append(
            f"{framework.label} on {job.data}: accuracy {bounds.accuracy.full:g} for all points fails correct work "
            f"more often than once in 1,000; {math.floor(safe * 100) / 100:.2f} doesn't ({_accuracies(summary)})"
        )
    if bounds.cpu_ratio.full < (safe := safe_ratio(summary)):
        said.append(
            f"{framework.label} on {job.data}: {bounds.cpu_ratio.full:g} times the reference's CPU seconds for all "
            f"points fails correct work more often than once in 1,000; {math.ceil(safe * 10) / 10:.1f} doesn't"
        )
    return said


def safe_ratio(summary: Summary) -> float:
    """The ratio of two runs' CPU seconds that one in a thousand is above: of the reference's own, so a lower bound.

    The logarithms of CPU seconds are taken for normal; the difference of two scatters by the root of 2 more.
    """
    logarithms = [math.log(run.cpu_seconds) for run in summary.runs]
    return math.exp(tolerance_factor(len(logarithms)) * math.sqrt(2) * statistics.stdev(logarithms))


def _accuracies(summary: Summary) -> str:
    return f"mean {summary.mean:.3f}, deviation {summary.deviation:.4f}, {len(summary.runs)} runs"
