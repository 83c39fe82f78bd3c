"""``autograder calibrate``: the references are trained again and again, and the figures are summed up."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from autograder.assignment import load
from autograder.blueprint import Framework
from autograder.cli.calibrate import _jobs
from autograder.errors import AssignmentError
from autograder.proving.calibrate import (
    LEAST_MARGIN,
    Job,
    Run,
    Untrained,
    plan,
    summaries,
    tolerance_factor,
    untrained,
)
from autograder.proving.calibration import Calibration, begun, continued, load_calibration
from autograder.proving.picture import check_name, draw

PATIENCE = 300
KERAS, TORCH = Framework


def command(*arguments):
    return [sys.executable, "-m", "autograder", "calibrate", *map(str, arguments)]


def calibrate(course, *arguments):
    return subprocess.run(
        command(*arguments), cwd=course.top, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def test_the_small_course_is_calibrated(cnn, tmp_path):
    out, picture = tmp_path / "runs.json", tmp_path / "runs.svg"
    done = calibrate(cnn, "--seeds", 1, "--out", out, "--plot", picture)
    assert done.returncode == 0, done.stdout + done.stderr
    found = dict(re.findall(r"^text-cnn on csv  seed 1  (\w+) +accuracy ([\d.]+)", done.stdout, re.MULTILINE))
    assert found.keys() == {framework.label for framework in Framework}
    assert all(float(accuracy) > 0.9 for accuracy in found.values())
    assert "don't take a bound from them" in done.stdout
    kept = load_calibration(out)
    assert [(run.assignment, run.data, run.framework) for run in kept.runs] == [
        ("text-cnn", "csv", KERAS),
        ("text-cnn", "csv", TORCH),
    ]
    assert kept.runs[0].parameters > 1000
    assert kept.runs[0].wall_seconds > 0
    assert picture.read_text(encoding="utf-8").startswith("<?xml")

    again = calibrate(cnn, "--seeds", 1, "--out", out)  # nothing is left to train
    assert again.returncode == 0, again.stdout + again.stderr
    assert "seed 1" not in again.stdout
    shown = calibrate(cnn, "--show", out)
    assert _table(shown.stdout) == _table(done.stdout) == _table(again.stdout)
    assert len(_table(shown.stdout)) == 2


def _table(said):
    return re.findall(r"^ *text-cnn +csv +\w+ +[\d,]+ .*\d(?= *$)", said, re.MULTILINE)


def test_an_interrupt_loses_no_run_that_is_done(cnn, tmp_path):
    out = tmp_path / "runs.json"
    with subprocess.Popen(
        command("--seeds", 50, "--out", out), cwd=cnn.top, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end and not (out.exists() and load_calibration(out).runs):
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=PATIENCE)[0]
        finally:
            process.kill()
    assert process.returncode == -signal.SIGINT, said
    assert "Traceback" not in said
    kept = load_calibration(out).runs
    assert 1 <= len(kept) < 100
    assert len(_table(said)) == len({run.framework for run in kept})


def test_what_is_wrong_is_said_before_anything_is_trained(cnn, tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text("{}", encoding="utf-8")
    for arguments, said in {
        ("--out", bad): "is no file that `autograder calibrate --out` wrote",
        ("--show", tmp_path / "none.json"): "can't be read",
        ("--plot", tmp_path / "runs.gif"): "a picture's name ends in .svg, .png, .pdf",
        ("text-rnn",): "no assignment 'text-rnn'",
        ("--data", "trec=nowhere"): "there is no ",
    }.items():
        done = calibrate(cnn, *arguments)
        assert done.returncode == 2, done.stdout + done.stderr
        assert said in " ".join((done.stdout + done.stderr).split())
    assert bad.read_text(encoding="utf-8") == "{}"


def runs(*accuracies, **more):
    plain = Run("a", "csv", KERAS, 0, 99, 0.0, 2.0, 2.5)
    return [
        replace(plain, seed=seed, accuracy=accuracy, cpu_seconds=2.0 + seed, **more)
        for seed, accuracy in enumerate(accuracies)
    ]


@pytest.mark.parametrize("accuracies", [(0.918, 0.92, 0.922), (0.9, 0.9, 0.9)])
def test_the_bound_lies_well_below_the_runs(accuracies):
    keras, torch = summaries([*runs(*accuracies), *runs(0.5, framework=TORCH)])
    assert (keras.lowest, keras.cpu_seconds) == (min(accuracies), 3.0)
    assert keras.full == pytest.approx(keras.mean - max(tolerance_factor(3) * keras.deviation, LEAST_MARGIN), abs=0.01)
    assert keras.full <= keras.mean - LEAST_MARGIN
    assert torch.deviation == 0


@pytest.mark.parametrize(("number", "tabulated"), [(5, 7.501), (10, 5.203), (20, 4.319)])
def test_the_factor_is_nearly_the_tabulated_one(number, tabulated):
    """One-sided normal tolerance factors for 99.9 % at 95 % confidence, by the noncentral t distribution."""
    assert tolerance_factor(number) == pytest.approx(tabulated, rel=0.01)


def test_correct_work_is_failed_as_rarely_as_stated():
    """Of many calibrations of ten runs each, 95 % put the bound where at most one correct training in 1,000 fails."""
    rng = np.random.default_rng(1)
    samples = rng.normal(0.9, 0.01, (4000, 10))
    bounds = samples.mean(axis=1) - tolerance_factor(10) * samples.std(axis=1, ddof=1)
    fails = NormalDist(0.9, 0.01).inv_cdf(1e-3)
    assert (bounds <= fails).mean() == pytest.approx(0.95, abs=0.015)


def test_a_bound_is_a_share():
    assert summaries(runs(0.0, 0.9))[0].full == 0


def test_each_assignment_and_each_data_set_has_its_rows():
    found = summaries([*runs(0.9, data="trec"), *runs(0.8), *runs(0.7, framework=TORCH), *runs(0.6, data="trec")])
    assert [(s.runs[0].data, s.runs[0].framework, len(s.runs)) for s in found] == [
        ("trec", KERAS, 2),
        ("csv", KERAS, 1),
        ("csv", TORCH, 1),
    ]


def test_runs_that_are_done_are_not_planned(cnn):
    job = Job(load(cnn.assignment), cnn.solution, "csv")
    first, second, *rest = plan([job], [1, 2])
    assert (first.framework, first.seed, second.framework, len(rest)) == (KERAS, 1, TORCH, 2)
    done = runs(0.9, assignment="text-cnn", digest=job.digest)[0]
    assert plan([job], [1, 2], [replace(done, seed=1)]) == [second, *rest]
    with pytest.raises(AssignmentError, match="text-cnn on csv has changed"):
        plan([job], [1, 2], [replace(done, digest="of something else")])


def test_a_change_of_the_solution_is_a_change_of_the_job(cnn):
    before = Job(load(cnn.assignment), cnn.solution, "csv").digest
    assert Job(load(cnn.assignment), cnn.solution, "csv").digest == before
    master = cnn.solution / "torch_text_cnn.py"
    master.write_text(master.read_text(encoding="utf-8") + "\nMORE = 1\n", encoding="utf-8")
    assert Job(load(cnn.assignment), cnn.solution, "csv").digest != before


def test_what_trains_nothing_has_its_parameters(cnn):
    trained = load(cnn.assignment)
    assignment = trained.model_copy(
        update={"training": None, "sizes": {**trained.sizes, "vocab_size": 50, "num_classes": 2}}
    )
    job = Job(assignment, cnn.solution, "")
    assert not job.trains
    assert plan([job], [1]) == []
    keras, torch = untrained([job])
    assert keras == Untrained("text-cnn", KERAS, torch.parameters)
    assert keras.parameters > 1000


def test_runs_are_read_as_they_were_written(tmp_path):
    path = tmp_path / "runs.json"
    whole = replace(begun(), runs=tuple(runs(0.9, 0.8)), untrained=(Untrained("b", TORCH, 7),))
    whole.save(path)
    assert load_calibration(path) == whole == continued(path)
    assert json.loads(path.read_text(encoding="utf-8"))["schema"] == "autograder-calibration/1"


def test_runs_of_other_versions_are_not_continued(tmp_path):
    path = tmp_path / "runs.json"
    now = begun()
    replace(now, versions={**now.versions, "torch": "1.0"}).save(path)
    with pytest.raises(AssignmentError, match=r"made with torch 1.0; here is something else"):
        continued(path)
    replace(now, machine="an abacus").save(path)
    with pytest.raises(AssignmentError, match="an abacus"):
        continued(path)


def test_another_schema_is_refused(tmp_path):
    path = tmp_path / "runs.json"
    Calibration().save(path)
    path.write_text(path.read_text(encoding="utf-8").replace("calibration/1", "calibration/2"), encoding="utf-8")
    with pytest.raises(AssignmentError, match="another schema"):
        load_calibration(path)


@pytest.mark.parametrize("name", ["runs.svg", "runs.png"])
def test_the_runs_are_drawn(tmp_path, name):
    path = tmp_path / name
    check_name(path)
    draw(summaries([*runs(0.9, 0.8, 0.85), *runs(0.7, framework=TORCH)]), path)
    assert path.stat().st_size > 1000


def test_a_picture_needs_a_folder(tmp_path):
    with pytest.raises(AssignmentError, match="there is no folder"):
        check_name(tmp_path / "none" / "runs.svg")


def test_all_assignments_on_the_same_data_and_the_warm_up_once(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[2])
    jobs = {(job.assignment.name, job.data, job.trains) for job in _jobs([], ["builtin"])}
    assert jobs == {("text-cnn", "builtin", True), ("text-lstm", "builtin", True), ("warmup-convnet", "", False)}
