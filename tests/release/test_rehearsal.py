"""Rehearsals, with a stand-in for Docker's command: what is asked of it, and what is made of its answers."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli.app import app
from autograder.errors import AssignmentError
from autograder.release import rehearsal
from autograder.release.rehearsal import MIB, SIZES, Image, Size, Trial, smallest_safe, unpack_solution

SMALL, MIDDLE, LARGE, LARGEST = SIZES
DONE = {"score": 100, "extra_data": {"complete": True, "needs_regrading": False}}
# Remembers each call; `cp` out of a container gives what the test has laid into the folder `box`.
DOCKER = """\
#!/usr/bin/env bash
echo "$@" >> {folder}/calls
case $1 in
  info) echo 2 ;;
  build) cp -r "${{@: -1}}" {folder}/context; exit {build} ;;
  wait) sleep {seconds} ;;
  logs) echo "the last words" ;;
  cp) case $2 in *:*) cp "{folder}/box/$(basename "$2")" "$3" ;; *) cp -r "$2" {folder}/laid ;; esac ;;
esac
"""


@pytest.fixture
def docker(tmp_path, monkeypatch):
    """Put the stand-in first on the path; what containers leave is in ``box``."""
    (tmp_path / "box").mkdir()
    (tmp_path / "bin").mkdir()

    def docker(*, build: int = 0, seconds: float = 0, **box: str) -> Path:
        script = tmp_path / "bin" / "docker"
        script.write_text(DOCKER.format(folder=tmp_path, build=build, seconds=seconds))
        script.chmod(0o755)
        for name, text in box.items():
            (tmp_path / "box" / name.replace("_", ".")).write_text(text)
        monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
        return tmp_path

    return docker


@pytest.fixture
def bundle(tmp_path):
    path = tmp_path / "mini-gradescope.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name in ("setup.sh", "run_autograder", "requirements.lock"):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o755 << 16
            made.writestr(entry, "#!/bin/sh\n")
    return path


@pytest.fixture
def submission(tmp_path):
    path = tmp_path / "ada.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("keras_mini.py", "x = 1\n")
    return path


def test_a_container_as_gradescopes(docker, bundle, submission):
    folder = docker(memory=f"{600 * MIB} 0\n", results_json=json.dumps(DONE))
    with Image(bundle, "base:1", "host") as image:
        trial = image.grade(submission, SMALL, 600)
    calls = (folder / "calls").read_text().splitlines()
    assert f"build --network host --build-arg BASE=base:1 --tag {image.name}" in calls[1]
    assert calls[2].endswith(
        f"--network none --cpus 0.5 --memory 768m --memory-swap 768m --entrypoint /usr/local/bin/watch_memory.sh "
        f"{image.name} /autograder/memory /autograder/run_autograder"
    )
    assert calls[-1] == f"image rm --no-prune {image.name}"
    assert any(call.startswith("rm --force") for call in calls)
    assert (folder / "context" / "source" / "setup.sh").is_file()
    assert os.access(folder / "context" / "watch_memory.sh", os.X_OK)
    assert (folder / "laid" / "submission" / "keras_mini.py").read_text() == "x = 1\n"
    assert "created_at" in json.loads((folder / "laid" / "submission_metadata.json").read_text())
    assert (trial.memory, trial.killed, trial.results, trial.said) == (600, 0, DONE, "the last words\n")
    assert trial.safe


def test_the_solution_in_the_zip_is_what_a_student_would_hand_in(docker, bundle, tmp_path):
    with zipfile.ZipFile(bundle, "a") as made:
        for name in ("solutions/mini/keras_mini.py", "solutions/mini/hidden.toml", "assignments/mini/keras_mini.py"):
            made.writestr(name, name)
    folder = docker(memory=f"{600 * MIB} 0\n", results_json=json.dumps(DONE))
    done = CliRunner().invoke(app, ["rehearse", str(bundle), "--size", "0.75"])
    assert done.exit_code == 0, done.output
    assert "Grading the solution with 0.5 CPU, 0.75 GB" in done.output
    assert {path.name for path in (folder / "laid" / "submission").iterdir()} == {"keras_mini.py"}
    assert (folder / "laid" / "submission" / "keras_mini.py").read_text() == "solutions/mini/keras_mini.py"


def test_a_zip_without_a_solution_is_told(bundle, tmp_path):
    with pytest.raises(AssignmentError, match="holds no solution to rehearse with: name a submission"):
        unpack_solution(bundle, tmp_path)


def test_more_processors_than_there_are(docker, bundle, submission):
    folder = docker()
    with Image(bundle) as image:
        assert image.grade(submission, LARGEST, 600).cpus == 2
    assert "--cpus 2 --memory 6144m" in (folder / "calls").read_text()


def test_a_container_that_says_nothing(docker, bundle, submission):
    docker()
    with Image(bundle) as image:
        trial = image.grade(submission, SMALL, 600)
    assert (trial.memory, trial.results, trial.verdict, trial.safe) == (None, None, "not complete", False)


def test_a_time_out(docker, bundle, submission):
    folder = docker(seconds=30, results_json=json.dumps(DONE))
    with Image(bundle) as image:
        trial = image.grade(submission, SMALL, 0.2)
    assert trial.verdict == "timed out"
    assert "kill" in (folder / "calls").read_text()


def trial(size: Size = SMALL, memory: float = 500, *, seconds: float = 100, killed: int = 0, **extra: bool) -> Trial:
    results = {**DONE, "extra_data": {**DONE["extra_data"], **extra}}
    return Trial(size, seconds, 600, memory, killed, results)


@pytest.mark.parametrize(
    ("made", "verdict"),
    [
        (trial(), "safe"),
        (trial(memory=0.89 * 768), "safe"),
        (trial(memory=0.91 * 768), "works, with little to spare"),
        (trial(seconds=299), "safe"),
        (trial(seconds=301), "works, with little to spare"),
        (trial(seconds=600), "timed out"),
        (trial(killed=1), "out of memory"),
        (trial(complete=False), "not complete"),
        (trial(needs_regrading=True), "not complete"),
    ],
)
def test_verdicts(made, verdict):
    assert made.verdict == verdict
    assert made.safe == (verdict == "safe")


def test_the_smallest_safe_size_has_none_above_it_that_is_not():
    good = trial

    def bad(size: Size) -> Trial:
        return trial(size, killed=1)

    assert smallest_safe([bad(SMALL), good(MIDDLE), good(LARGE), good(LARGEST)]) == MIDDLE
    assert smallest_safe([good(SMALL), bad(MIDDLE), good(LARGE)]) == LARGE
    assert smallest_safe([bad(SMALL)]) is None
    assert smallest_safe([]) is None


def test_a_set_up_that_fails_is_told_with_its_words(docker, bundle):
    docker(build=1)
    with pytest.raises(AssignmentError, match=r"the image of mini-gradescope\.zip can't be built on base:1"):
        Image(bundle, "base:1")


def test_a_zip_that_gradescope_could_not_use(docker, tmp_path):
    docker()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("folder/setup.sh", "")
    with pytest.raises(AssignmentError, match=r"has no setup\.sh at its root"):
        Image(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as made:
        made.writestr("setup.sh", "")  # with the mode of a plain file
    with pytest.raises(AssignmentError, match=r"setup\.sh in .* isn't executable"):
        Image(tmp_path / "c.zip")
    (tmp_path / "b.zip").write_text("no zip")
    with pytest.raises(AssignmentError, match="can't be unpacked"):
        Image(tmp_path / "b.zip")


def test_without_docker_it_says_so(bundle, monkeypatch):
    monkeypatch.setattr(rehearsal.shutil, "which", lambda _: None)
    with pytest.raises(AssignmentError, match="rehearse needs Docker"):
        Image(bundle)


def test_the_figure_of_memory_is_whole_at_any_time(tmp_path):
    """Watching ends by a signal, which may come while the figure is being written."""
    watch = Path(rehearsal.__file__).parent / "templates" / "watch_memory.sh"
    (tmp_path / "sleep").write_text("#!/bin/true\n")  # so that it writes without a pause
    (tmp_path / "sleep").chmod(0o755)
    figure = tmp_path / "memory"
    reader = f"while [ ! -s {figure} ]; do :; done; for i in {{1..2000}}; do wc -w < {figure}; done | sort | uniq -c"
    told = subprocess.run(
        ["bash", watch, figure, "timeout", "30", "bash", "-c", reader],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}, capture_output=True, text=True, check=False
    )  # fmt: skip
    if not figure.exists():
        pytest.skip("memory isn't counted by control group here")
    assert told.stdout.split() == ["2000", "2"], told.stderr
