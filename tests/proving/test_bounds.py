"""Bounds that rest on nothing, on something else, or on too little are told, and so are those that are unfair."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.assignment import Thresholds, load
from autograder.blueprint import Framework
from autograder.proving.bounds import doubts, safe_ratio, to_paste
from autograder.proving.calibrate import FEWEST, Job, Run, summaries
from autograder.proving.calibration import Calibration, begun

ROOT = Path(__file__).parents[2]
JOB = Job(load(ROOT / "assignments" / "text-cnn"), ROOT / "solutions" / "text-cnn", "builtin")
FAIR = Thresholds.model_validate({"accuracy": {"none": 0.7, "full": 0.86}, "cpu_ratio": {"none": 6, "full": 3}})
STRICT = Thresholds.model_validate({"accuracy": {"none": 0.7, "full": 0.86}, "cpu_ratio": {"none": 2, "full": 1.2}})


def recorded(number: int = FEWEST, *, accuracy: float = 0.92, deviation: float = 0.006, slow: float = 0.05, **more):
    """A calibration of so many runs in each framework; accuracies alternate around their mean, costs around 3 s."""
    made = [
        replace(
            Run("text-cnn", "builtin", framework, seed, 99, 0.0, 3.0, 3.0, JOB.digest),
            accuracy=accuracy + deviation * (-1) ** seed,
            cpu_seconds=3.0 * (1 + slow * (-1) ** seed),
            **more,
        )
        for framework in Framework
        for seed in range(number)
    ]
    return replace(begun(), runs=tuple(made))


def told(calibration: Calibration | None, thresholds: Thresholds = FAIR) -> list[str]:
    return doubts(JOB, calibration, dict.fromkeys(Framework, thresholds))


def test_fair_bounds_on_recorded_runs_are_not_doubted():
    assert told(recorded()) == []


@pytest.mark.parametrize("calibration", [None, replace(begun(), runs=()), recorded(data="trec")])
def test_bounds_without_runs_are_doubted(calibration):
    (said,) = told(calibration)
    assert said.startswith("the bounds for builtin rest on no recorded runs: run `autograder calibrate text-cnn --out ")


def test_bounds_on_runs_of_other_settings_are_out_of_date():
    (said,) = told(recorded(digest="other"))
    assert "out of date, since settings or sources have changed" in said


def test_bounds_on_runs_of_other_versions_are_out_of_date():
    kept = recorded()
    (said,) = told(replace(kept, versions={**kept.versions, "torch": "1.0"}))
    assert "measured with torch 1.0" in said
    assert told(replace(kept, versions={**kept.versions, "python": "3.99"})) == []


def test_what_the_runs_allow_is_not_doubted():
    calibration = recorded(slow=0.3)
    read = tomllib.loads(to_paste("builtin", summaries(calibration.runs)))["thresholds"]["builtin"]
    assert read.pop("calibrated").startswith("5 runs with other seeds: Keras 0.921 (lowest 0.914, deviation 0.007), ")
    allowed = {framework: Thresholds.model_validate(read[framework.value]) for framework in Framework}
    assert all(bounds.cpu_ratio.full > 3 for bounds in allowed.values())
    assert doubts(JOB, calibration, allowed) == []
    assert len(told(calibration)) == 2


def test_few_runs_are_too_few():
    more = "make 10 (`autograder calibrate text-cnn --seeds 10 ...`); with fewer than 5 a bound means nothing"
    assert told(recorded(FEWEST - 1)) == [
        f"Keras on builtin has 4 recorded runs: {more}",
        f"PyTorch on builtin has 4 recorded runs: {more}",
    ]


def test_a_bound_of_accuracy_that_is_too_high_is_unfair():
    said = told(recorded(deviation=0.02))
    assert len(said) == 2
    assert said[0].startswith("Keras on builtin: accuracy 0.86 for all points fails correct work more often than once")
    assert "mean 0.924, deviation 0.0219, 5 runs" in said[0]


def test_a_bound_of_run_time_that_is_too_low_is_unfair():
    said = told(recorded(slow=0.1), STRICT)
    assert all("1.2 times the reference's CPU seconds for all points fails correct work" in line for line in said)
    assert len(said) == 2
    keras = summaries(recorded(slow=0.1).runs)[0]
    assert 1.2 < safe_ratio(keras) < 4
