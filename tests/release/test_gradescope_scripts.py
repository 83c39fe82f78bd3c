"""The two scripts of Gradescope's zip, run for real with stand-ins for what they start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import release

SCRIPTS = Path(release.__file__).parent / "templates" / "gradescope"


def run(script: str, *arguments: str, **environment: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPTS / script, *arguments],
        env={"PATH": os.environ["PATH"], **{name: str(value) for name, value in environment.items()}},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def root(tmp_path):
    """``/autograder``, before a run."""
    root = tmp_path / "autograder"
    (root / "source").mkdir(parents=True)
    (root / "submission_metadata.json").write_text("{}")
    return root


@pytest.fixture
def grader(tmp_path):
    """A stand-in for the grader that does what a line of shell says."""

    def grader(line: str) -> Path:
        path = tmp_path / "grader"
        path.write_text(f"#!/usr/bin/env bash\n{line}\n")
        path.chmod(0o755)
        return path

    return grader


def results(root: Path) -> dict[str, object]:
    return json.loads((root / "results" / "results.json").read_text())


@pytest.mark.parametrize("name", ["setup.sh", "run_autograder"])
def test_they_can_be_executed(name):
    assert os.access(SCRIPTS / name, os.X_OK)
    assert (SCRIPTS / name).read_bytes().startswith(b"#!/usr/bin/env bash\n")
    assert b"\r" not in (SCRIPTS / name).read_bytes()


@pytest.mark.parametrize("end", ["kill -KILL $$", "exit 3", "exec /there/is/no/such/grader"])
def test_a_grader_that_says_nothing_leaves_valid_results(root, grader, end):
    done = run("run_autograder", AUTOGRADER_ROOT=root, AUTOGRADER_COMMAND=grader(end))
    assert done.returncode == 0
    assert "The grader ended with exit code" in done.stdout
    found = results(root)
    assert found["score"] == 0
    assert "not your doing" in found["output"]
    assert found["extra_data"]["needs_regrading"] is True


def test_results_are_valid_even_if_the_script_itself_is_killed(root, grader):
    script = grader("kill -KILL $PPID")
    assert run("run_autograder", AUTOGRADER_ROOT=root, AUTOGRADER_COMMAND=script).returncode == -signal.SIGKILL
    assert "not your doing" in results(root)["output"]


@pytest.mark.parametrize("code", [0, 1])
def test_what_the_grader_writes_stays(root, grader, code):
    script = grader(f'echo "{{\\"score\\": 7}}" > "$3/results/results.json"; echo "called: $*"; exit {code}')
    done = run("run_autograder", AUTOGRADER_ROOT=root, AUTOGRADER_COMMAND=script)
    assert done.stdout == f"called: gradescope --root {root}\n"
    assert results(root) == {"score": 7}


def test_answers_results_and_names_are_closed_to_others(root, grader):
    run("run_autograder", AUTOGRADER_ROOT=root, AUTOGRADER_COMMAND=grader("true"))
    closed = [root / name for name in ("source", "results", "results/results.json", "submission_metadata.json")]
    assert [path.stat().st_mode & 0o077 for path in closed] == [0, 0, 0, 0]


def test_an_interpreter_that_suits_is_linked(tmp_path):
    pytest.importorskip("ensurepip", reason="this Python can't make environments, so it doesn't suit")
    link = tmp_path / "python"
    done = run("setup.sh", "interpreter", AUTOGRADER_PYTHON=f"/no/such {sys.executable}", AUTOGRADER_LINK=link)
    assert done.returncode == 0, done.stderr
    assert link.resolve() == Path(sys.executable).resolve()
    assert "The grader runs on Python 3." in done.stdout


def test_without_one_it_says_what_to_do(tmp_path):
    apt = tmp_path / "apt-get"  # an archive that has none
    apt.write_text('#!/usr/bin/env bash\n[ "$1" = update ]\n')
    apt.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = run(
        "setup.sh", "interpreter", AUTOGRADER_PYTHON="/bin/false", AUTOGRADER_LINK=tmp_path / "python", PATH=path
    )
    assert done.returncode == 1
    assert "set AUTOGRADER_PYTHON" in done.stderr
    assert not (tmp_path / "python").exists()
