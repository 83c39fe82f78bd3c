"""``--unprotected`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from autograder.grading import session


def test_the_command_ends_with_2_and_says_what_to_do(mini, autograder, monkeypatch, tmp_path):
    monkeypatch.setattr(session, "_secrets", lambda _: [Path("/etc/passwd")])  # which every worker can read
    folder = mini.submit()
    done = autograder("grade", folder, "--assignment", mini.assignment, "--out", tmp_path / "out", cwd=mini.top)
    assert done.code == 2
    assert "autograder doctor" in done.err
    assert not (tmp_path / "out" / "results.json").exists()
    done = autograder(
        "grade", folder, "--assignment", mini.assignment, "--out", tmp_path / "out", "--unprotected", cwd=mini.top
    )
    assert done.code in (0, 1)
    told = json.loads((tmp_path / "out" / "results.json").read_text())
    assert all("--unprotected" not in json.dumps(test) for test in told["tests"]), "no accusation of the student"
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert "Graded with --unprotected" in " ".join(report["staff_notes"])
