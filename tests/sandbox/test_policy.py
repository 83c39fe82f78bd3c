"""A policy is plain data that survives the journey to the worker."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from autograder.sandbox.policy import Policy, runtime_paths


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


def test_the_runtime_is_the_interpreter_and_the_packages_and_nothing_private():
    paths = runtime_paths()
    assert str(Path(sys.prefix).resolve()) in paths
    import numpy as np

    assert any(Path(np.__file__).resolve().is_relative_to(path) for path in paths)
    home = str(Path.home().resolve())
    assert not {"/", "/etc", "/tmp", "/root", "/home", home, str(Path.cwd())} & set(paths)


def test_the_runtime_names_only_what_exists():
    assert all(Path(path).exists() for path in runtime_paths())
