"""``autograder calibrate``: the reference is trained again and again, and the figures are summed up."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from autograder.blueprint import Framework
from autograder.proving.calibrate import LEAST_MARGIN, SIGMAS, Run, summaries

PATIENCE = 300


def test_the_small_course_is_calibrated(cnn):
    command = [sys.executable, "-m", "autograder", "calibrate", "text-cnn", "--seeds", "1"]
    done = subprocess.run(command, cwd=cnn.top, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = dict(re.findall(r"^seed 1  (\w+) +accuracy ([\d.]+)", done.stdout, re.MULTILINE))
    assert found.keys() == {framework.label for framework in Framework}
    assert all(float(accuracy) > 0.9 for accuracy in found.values())
    assert "text-cnn on csv, 1 seeds" in done.stdout


def runs(*accuracies):
    return [Run(Framework.KERAS, seed, accuracy, 2.0 + seed) for seed, accuracy in enumerate(accuracies)]


@pytest.mark.parametrize("accuracies", [(0.90, 0.92, 0.94), (0.9, 0.9, 0.9)])
def test_the_bound_lies_well_below_the_runs(accuracies):
    keras, torch = summaries([*runs(*accuracies), Run(Framework.TORCH, 0, 0.5, 1.0)])
    assert (keras.lowest, keras.cpu_seconds) == (min(accuracies), 3.0)
    assert keras.full == pytest.approx(keras.mean - max(SIGMAS * keras.deviation, LEAST_MARGIN), abs=0.01)
    assert keras.full <= keras.mean - LEAST_MARGIN
    assert torch.deviation == 0
