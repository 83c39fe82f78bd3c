"""A policy is plain data that survives the journey to the worker."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from autograder.sandbox import policy
from autograder.sandbox.policy import Policy, readable_paths, runtime_paths


def test_a_policy_survives_as_json(tmp_path):
    policy = Policy(
        str(tmp_path),
        ("/a", "/b"),
        uid=12345,
        memory_mb=1,
        scratch_mb=2,
        file_mb=3,
        processes=4,
        cpu_seconds=5,
        gpu=True,
    )
    assert Policy.from_json(json.loads(json.dumps(policy.to_json()))) == policy


def test_readable_paths_are_added_resolved(tmp_path):
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    policy = Policy("/scratch", ("/first",)).with_readable([tmp_path / "link"])
    assert policy.readable == ("/first", str(real.resolve()))


@pytest.mark.parametrize("where", ["course", "venv/lib/python3.12/site-packages"])
def test_what_knows_answers_is_left_out(tmp_path, monkeypatch, where):
    site = tmp_path / "venv" / "lib" / "python3.12" / "site-packages"
    package = tmp_path / where / "autograder"
    for folder in (site / "torch", package / "worker", package / "datasets", package / "release"):
        folder.mkdir(parents=True)
    for name in ("__init__.py", "errors.py", "laptop.py"):
        (package / name).touch()
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    (tmp_path / "venv" / "lib64").symlink_to("lib")
    monkeypatch.setattr(policy, "PACKAGE", package)
    monkeypatch.setattr(policy, "runtime_paths", lambda: (str(tmp_path / "venv"), str(package), "/proc/self"))

    def reads(file):
        return any(file.is_relative_to(path) for path in readable_paths()[0])

    assert all(map(reads, [site / "torch" / "x.py", tmp_path / "venv" / "pyvenv.cfg", Path("/proc/self/maps")]))
    assert all(map(reads, [package / "__init__.py", package / "errors.py", package / "worker" / "serve.py"]))
    assert not any(map(reads, [package / "datasets" / "text.py", package / "release", package / "laptop.py", package]))
    listed = set(map(Path, readable_paths()[1]))
    assert package in listed
    assert (site in listed) == package.is_relative_to(site)


def test_the_runtime_is_the_interpreter_and_the_packages_and_nothing_private():
    paths = runtime_paths()
    assert str(Path(sys.prefix).resolve()) in paths
    import numpy as np

    assert any(Path(np.__file__).resolve().is_relative_to(path) for path in paths)
    home = str(Path.home().resolve())
    assert not {"/", "/etc", "/tmp", "/root", "/home", home, str(Path.cwd())} & set(paths)


def test_the_runtime_names_only_what_exists():
    assert all(Path(path).exists() for path in runtime_paths())
