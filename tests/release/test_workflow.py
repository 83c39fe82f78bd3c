"""The workflow of a template repository: by GitHub's own schema, with no more rights than it needs, and pinned."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from autograder.assignment import load
from autograder.release.channels import repository

ROOT = Path(__file__).parents[2]
NAMES = ("text-cnn", "text-lstm", "warmup-convnet")


@pytest.fixture
def workflow(tmp_path):
    """Write the workflow of an assignment of the project's own."""

    def workflow(name: str) -> Path:
        bundle = repository(load(ROOT / "assignments" / name), {})
        file = tmp_path / ".github" / "workflows" / "grade.yml"
        file.parent.mkdir(parents=True)
        file.write_bytes(bundle[".github/workflows/grade.yml"].data)
        return file

    return workflow


@pytest.mark.parametrize("name", NAMES)
def test_github_takes_it(workflow, name):
    program = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*program, str(workflow(name))], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_that_test_can_fail(workflow):
    file = workflow("text-cnn")
    file.write_text(file.read_text().replace("runs-on", "run-on"))
    program = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    assert subprocess.run([*program, str(file)], capture_output=True, check=False).returncode


@pytest.mark.skipif(shutil.which("actionlint") is None, reason="actionlint isn't installed here")
def test_actionlint_takes_it(workflow):
    done = subprocess.run(["actionlint", str(workflow("text-cnn"))], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_it_may_only_read_and_ends_in_time(workflow):
    read = YAML(typ="safe").load(workflow("text-cnn").read_text())
    assert read["permissions"] == {"contents": "read"}
    (job,) = read["jobs"].values()
    assert "permissions" not in job
    assert 540 / 60 < job["timeout-minutes"] <= 60  # all calls of a submission, and the installation
    (checkout,) = (step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@"))
    assert checkout["with"] == {"persist-credentials": False}


def test_actions_are_pinned_by_commit_with_their_version_beside(workflow):
    text = workflow("text-cnn").read_text()
    used = re.findall(r"uses: (.*)", text)
    assert len(used) == 2
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use) for use in used)


def test_nothing_of_the_repository_is_pasted_into_a_script(workflow):
    read = YAML(typ="safe").load(workflow("text-cnn").read_text())
    (job,) = read["jobs"].values()
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    assert scripts == ["make env", '../../.venv/bin/autograder check --summary "$GITHUB_STEP_SUMMARY"']
    assert job["steps"][-1]["working-directory"] == "assignments/text-cnn"
