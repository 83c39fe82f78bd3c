"""Whether an assignment's bounds are fair: how often they fail a correct solution, by the reference's recorded runs."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Final

from autograder.assignment import Thresholds
from autograder.blueprint import Framework
from autograder.proving.calibrate import FEWEST, RECOMMENDED, Job, Run, Summary, summaries, tolerance_factor
from autograder.proving.calibration import Calibration, here

NAME: Final = "calibration.json"  # beside the solution
USUAL_RATIO: Final = 3.0  # CPU seconds over the reference's: other right ways to write it take up to that, mostly
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
    runs = [] if calibration is None else runs_of(job, calibration)
    if calibration is None or not runs:
        return [f"the bounds for {job.data} rest on no recorded runs: {renew}"]
    if any(run.digest != job.digest for run in runs):
        return [f"the bounds for {job.data} are out of date, since settings or sources have changed: {renew}"]
    if changed := _other_versions(calibration):
        return [f"the bounds for {job.data} are out of date, since they were measured with {changed}: {renew}"]
    found = {summary.runs[0].framework: summary for summary in summaries(runs)}
    return [doubt for framework in Framework for doubt in _of_framework(job, framework, found, bounds[framework])]


def to_paste(source: str, found: Sequence[Summary]) -> str:
    """The table for assignment.toml that these runs allow: the highest fair bounds, and where they come from.

    What earns nothing is the course's to choose: a tenth below, and twice the time, are a beginning.

    Args:
        source: Of the data, as ``[data]`` names it.
        found: Of one assignment on this data, each framework once.
    """
    runs = min(len(summary.runs) for summary in found)
    got = [
        f"{s.runs[0].framework.label} {s.mean:.3f} (lowest {s.lowest:.3f}, deviation {s.deviation:.3f})" for s in found
    ]
    lines = [f"[thresholds.{source}]", f'calibrated = "{runs} runs with other seeds: {", ".join(got)}."']
    for summary in found:
        name, slow = summary.runs[0].framework.value, max(USUAL_RATIO, math.ceil(safe_ratio(summary) * 10) / 10)
        lines.append(f"{name}.accuracy = {{ none = {max(summary.full - 0.1, 0):.2f}, full = {summary.full:.2f} }}")
        lines.append(f"{name}.cpu_ratio = {{ none = {2 * slow:g}, full = {slow:g} }}")
    return "\n".join(lines)


def runs_of(job: Job, calibration: Calibration) -> list[Run]:
    """The recorded runs of this assignment on this data."""
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
        return [
            f"{framework.label} on {job.data} has {number} recorded runs: make {RECOMMENDED} (`autograder calibrate"
            f" {job.assignment.name} --seeds {RECOMMENDED} ...`); with fewer than {FEWEST} a bound means nothing"
        ]
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
