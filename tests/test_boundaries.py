"""What may be imported where, and what importing costs: boundaries that hold, and tests that can fail."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import autograder

ROOT = Path(__file__).parents[1]
FRAMEWORKS = {"keras", "tensorflow", "torch"}
# What a command doesn't need before it does something: each costs a tenth of a second, or a whole one.
LATER = {"IPython", "jsonschema", "matplotlib", "nbconvert", "nbformat", "pandas", "scipy", "sklearn", "hypothesis"}
WORKER = "autograder.worker"

IMPORTED = """
import importlib, json, sys
sys.path[:0] = sys.argv[2:]
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def loaded_by(modules: list[str], *path: Path) -> set[str]:
    """Top-level packages in a fresh process that has imported these modules."""
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTED, json.dumps(modules), *map(str, path)],
        capture_output=True,
        text=True,
        check=False,  # its complaint says more than the exit status
        cwd=ROOT,
    )
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stdout.splitlines()[-1]))


def modules() -> list[str]:
    """Every module of the package that is none of the worker's; ``__main__`` runs when it is imported."""
    found = [info.name for info in pkgutil.walk_packages(autograder.__path__, "autograder.", onerror=pytest.fail)]
    return [name for name in found if not name.startswith(WORKER) and not name.endswith("__main__")]


def test_nothing_outside_the_worker_loads_a_framework():
    found = modules()
    assert len(found) > 80
    assert "autograder.student.handle" in found
    assert not loaded_by(found) & FRAMEWORKS


def test_importing_the_package_loads_next_to_nothing():
    assert not loaded_by(["autograder"]) & (FRAMEWORKS | LATER | {"numpy", "pytest", "rich", "psutil"})


def test_the_worker_itself_loads_a_framework_only_when_told_which():
    """What it shares with the grader's side may be imported there; its adapters may not."""
    shared = ["zygote", "birth", "burial", "serve", "service", "adapters", "adapter"]
    assert not loaded_by([f"{WORKER}.{name}" for name in shared]) & FRAMEWORKS


@pytest.mark.parametrize("framework", sorted(FRAMEWORKS))
def test_the_test_above_can_fail(tmp_path, framework):
    """A module that imports a framework, on the way through another, is noticed."""
    for name, text in {framework: "", "inner": f"import {framework}.nn", "outer": "import inner"}.items():
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / f"{framework}.py").unlink()
    (tmp_path / framework).mkdir()
    (tmp_path / framework / "__init__.py").touch()
    (tmp_path / framework / "nn.py").touch()
    assert loaded_by(["outer"], tmp_path) & FRAMEWORKS == {framework}


def test_the_command_line_starts_without_what_it_may_never_need():
    assert not loaded_by(["autograder.cli.app"]) & (FRAMEWORKS | LATER)


def test_the_grading_path_starts_without_what_it_never_needs():
    assert not loaded_by(["autograder.grading.session"]) & (FRAMEWORKS | LATER | {"rich", "typer", "jinja2"})


def test_the_workers_side_knows_nothing_of_the_answers():
    """The zygote is copied into every worker, with all that it has imported."""
    code = (
        f"import json, sys, {WORKER}.zygote; print(json.dumps([m for m in sys.modules if m.startswith('autograder.')]))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = {name.split(".")[1] for name in json.loads(ran.stdout)}
    assert found == {"worker", "sandbox", "protocol", "report", "errors"}


def lint(config: Path, path: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", code, "--config", str(config), "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        cwd=path,
    )


def test_imports_go_down_the_layers():
    ran = lint(ROOT / "pyproject.toml", ROOT)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize(
    ("module", "text", "contract"),
    [
        ("errors", "from autograder import report", "Imports go down"),
        ("student/new", "import torch", "Frameworks load in the worker alone"),
        ("worker/new", "from autograder import blueprint", "The worker holds nothing that knows the answers"),
        ("new/__init__", "", "Imports go down"),
    ],
)
def test_the_layers_can_be_broken(tmp_path, module, text, contract):
    """In a package of the same layers that holds nothing, and then one import too many."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    names = {part.strip() for layer in declared["contracts"][0]["layers"] for part in layer.split("|")}
    for name in names:
        (tmp_path / "autograder" / name).mkdir(parents=True)
        (tmp_path / "autograder" / name / "__init__.py").touch()
    (tmp_path / "autograder" / "__init__.py").touch()
    assert kept(tmp_path) == (0, "")
    place = (
        tmp_path / "autograder" / f"{module}.py" if "/" in module else tmp_path / "autograder" / module / "__init__.py"
    )
    place.parent.mkdir(exist_ok=True)
    place.write_text(text)
    code, said = kept(tmp_path)
    assert code == 1
    assert f"{contract} BROKEN" in said


def kept(top: Path) -> tuple[int, str]:
    ran = lint(ROOT / "pyproject.toml", top)
    broken = [line for line in ran.stdout.splitlines() if "BROKEN" in line]
    return ran.returncode, "\n".join(broken) or (ran.stdout if ran.returncode else "")
