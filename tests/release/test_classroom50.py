"""What Classroom 50 gets: nothing secret, and a script that installs, grades and ends as the contract asks."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys

import pytest

from autograder.assignment import load
from autograder.release import channels
from autograder.release.bundles import File, write_folder, zipped
from autograder.release.leaks import find_leaks
from autograder.release.secrets import read_secrets
from autograder.release.student import student_files
from autograder.release.wheels import project_folder

STAND_IN = """#!{python}
import json, os, sys
open(os.environ["CALLED"], "w").write(json.dumps(sys.argv[1:]))
sys.exit(int(os.environ["ENDS"]))
"""


@pytest.fixture
def bundle(course):
    assignment = load(course.assignment)
    wheel = ("autograder-0-py3-none-any.whl", File(b"wheel"))
    return channels.classroom50(assignment, student_files(assignment, course.solution), project_folder(), wheel)


@pytest.fixture
def script(bundle, tmp_path):
    """The script, loaded from where it lies in a release."""
    write_folder(bundle, tmp_path / "made")
    spec = importlib.util.spec_from_file_location("script", tmp_path / "made/autograders/text-cnn/autograder.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(script, tmp_path, monkeypatch):
    """Run it in a student's repository, with a stand-in for the grader's command."""
    command, called = tmp_path / "command", tmp_path / "called.json"
    command.write_text(STAND_IN.format(python=sys.executable))
    command.chmod(0o755)
    repository = tmp_path / "repository"
    (repository / "assignments" / "text-cnn").mkdir(parents=True)
    (repository / "assignments" / "text-cnn" / "torch_text_cnn.py").write_text("")

    def run(*, installs: bool = True, ends: int = 0, repository=repository):
        monkeypatch.setenv("CALLED", str(called))
        monkeypatch.setenv("ENDS", str(ends))
        monkeypatch.setattr(script, "install", lambda place: command if installs else None)
        monkeypatch.chdir(repository)
        code = script.main()
        return code, json.loads(called.read_text()) if called.is_file() else None

    return run


def test_nothing_in_it_is_secret(bundle, course):
    assert find_leaks(zipped(bundle), read_secrets(course.solution.parent), {k: f for k, f in bundle.items() if k.endswith((".whl", ".lock"))}) == []  # fmt: skip  # noqa: E501
    assert not [path for path in bundle if "solutions" in path or "hidden" in path]


def test_the_script_lies_beside_what_it_needs(bundle):
    beside = {path.removeprefix("autograders/text-cnn/") for path in bundle if path.startswith("autograders/")}
    assert {"autograder.py", "requirements.lock", "assignments/text-cnn/checks/test_text_cnn.py"} <= beside
    assert json.loads(bundle["runtime.json"].data) == {"runs-on": "ubuntu-24.04", "python": "3.12"}
    assert b"[[" not in bundle["README.md"].data + bundle["autograders/text-cnn/autograder.py"].data


def test_the_template_leaves_the_runners_own_workflow_alone(course):
    held = channels.repository(load(course.assignment), {})
    assert list(held) == [".github/workflows/grade.yml"]  # autograde.yaml is Classroom 50's


def test_it_grades_with_the_teachers_checks(run, tmp_path):
    code, called = run()
    assert code == 0
    assert called[:2] == ["classroom50", "assignments/text-cnn"]
    assert called[3] == str(tmp_path / "made" / "autograders" / "text-cnn" / "assignments" / "text-cnn")


def test_modules_may_lie_at_the_top(run, tmp_path):
    top = tmp_path / "top"
    top.mkdir()
    assert run(repository=top)[1][1] == "."


@pytest.mark.skipif(shutil.which("git") is None, reason="git isn't installed here")
def test_the_commits_time_is_handed_on(run, tmp_path):
    top = tmp_path / "git"
    top.mkdir()
    who = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", "init", "--quiet"], cwd=top, check=True)
    subprocess.run(
        ["git", *who, "commit", "--quiet", "--allow-empty", "--no-gpg-sign", "-m", "one"],
        cwd=top, check=True, env={**os.environ, "GIT_COMMITTER_DATE": "2026-11-30T16:32:01+0200"},
    )  # fmt: skip
    assert run(repository=top)[1][-1] == "2026-11-30T14:32:01Z"


@pytest.mark.parametrize(("installs", "ends", "code"), [(False, 0, 3), (True, 3, 3), (True, 2, 2)])
def test_a_failure_of_the_infrastructure_is_no_result(run, capfd, installs, ends, code):
    assert run(installs=installs, ends=ends)[0] == code
    assert ("can't be installed" in capfd.readouterr().out) is not installs


def test_a_python_that_the_lock_is_not_for_is_told(script, monkeypatch, capsys):
    monkeypatch.setattr(script.sys, "version_info", (3, 14, 0))
    assert script.main() == 2
    assert "register the assignment with --runtime runtime.json" in capsys.readouterr().out


def test_it_installs_the_locks_versions_from_an_index_that_a_file_names(script, monkeypatch, tmp_path):
    calls = []

    def done(call, **_):
        calls.append(call)
        return subprocess.CompletedProcess(call, 1 if "pip" in call else 0)

    monkeypatch.setattr(script.subprocess, "run", done)
    (script.HERE / "torch-index.txt").write_text("https://example.org/cpu\n")
    assert script.install(tmp_path / "environment") is None
    pip = calls[1]
    assert pip[pip.index("--extra-index-url") + 1] == "https://example.org/cpu"
    assert pip[pip.index("--constraint") + 1].endswith("requirements.lock")
    assert pip[-1].endswith(".whl")
