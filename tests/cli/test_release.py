"""``autograder release`` and ``autograder pack``: what they say, and their exit codes."""

from __future__ import annotations

import json
import zipfile

import pytest

from autograder.assignment import load
from autograder.grading.fingerprints import sources
from autograder.grading.reference import reference_files
from autograder.proving import record
from autograder.release.bundles import File


@pytest.fixture
def released(autograder, cnn, monkeypatch):
    """Release text-cnn, whose stubs and handout fit, with a framework that takes no time to build."""
    monkeypatch.setattr("autograder.release.build.build_wheel", lambda project: ("autograder-0-py3-none-any.whl", File(b"")))  # fmt: skip  # noqa: E501
    monkeypatch.setattr("autograder.cli.release.grade_all", lambda *_: [])  # proved in tests/proving
    cnn.derive()
    return lambda *more: autograder("release", "text-cnn", *more, cwd=cnn.top)


def test_a_release_says_what_it_wrote(released, cnn):
    done = released()
    assert done.code == 0
    for name in ("student.zip", "gradescope.zip", "repository/", "classroom50/", "release.json"):
        assert f"dist/text-cnn-{name} (" in done.out
    assert "Note: not proved: it was never verified as a whole; `autograder verify text-cnn` proves it" in done.out
    told = json.loads((cnn.top / "dist" / "text-cnn-release.json").read_text())
    assert set(told["archives"]) == {"text-cnn-student.zip", "text-cnn-gradescope.zip"}


def test_a_verification_is_told_and_whether_it_still_holds(released, cnn):
    proof, folders = cnn.solution / record.NAME, sources(cnn.assignment, cnn.solution)
    record.write_record(proof, "text-cnn", record.fingerprint(folders), [], [])
    assert "not proved" not in released().out
    told = json.loads((cnn.top / "dist" / "text-cnn-release.json").read_text())
    assert told["verified"] == json.loads(proof.read_text())
    with (cnn.assignment / "conftest.py").open("a") as file:
        file.write("# changed\n")
    assert "Note: not proved: files have changed since it was verified" in released().out


def test_gradescopes_zip_grades_with_nothing_else_at_hand(released, autograder, results, cnn, tmp_path):
    (cnn.solution / "hidden.toml").write_text("seed = 918273\n")
    assert released().code == 0
    source = tmp_path / "source"
    with zipfile.ZipFile(cnn.top / "dist" / "text-cnn-gradescope.zip") as archive:
        archive.extractall(source)
    masters = reference_files(load(cnn.assignment), cnn.solution, tmp_path / "handed-in")
    done = autograder("grade", masters, "--out", tmp_path / "out", "--only", "1", "--only", "3.6", cwd=source)
    assert done.code == 0
    found = results(tmp_path / "out")
    assert found["score"] == found["extra_data"]["max_score"] > 10  # the run time is compared with the reference's


def test_a_template_repository_checks_itself(released, autograder, cnn):
    assert released().code == 0
    done = autograder(
        "check", "--only", "1.1", cwd=cnn.top / "dist" / "text-cnn-repository" / "assignments" / "text-cnn"
    )
    assert done.code == 1
    assert "Nothing of this is written yet" in done.out


def test_classroom50s_runner_gets_a_result(released, autograder, cnn, monkeypatch):
    assert released().code == 0
    named = "autograders/text-cnn/assignments/text-cnn"
    bundled, repository = cnn.top / "dist" / "text-cnn-classroom50" / named, cnn.top / "dist" / "text-cnn-repository"
    (repository / "result.json").write_text("mine")
    call = ("classroom50", "assignments/text-cnn", "--assignment", bundled, "--datetime", "2026-11-30T14:32:01Z")
    refused = autograder(*call, cwd=repository)
    assert (refused.code, "Classroom 50's runner sets it" in refused.err) == (2, True)
    for name in ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL"):
        monkeypatch.setenv(name, name.lower())
    summary = cnn.top / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert autograder(*call, cwd=repository).code == 0  # a stub's grading went to its end
    made = json.loads((repository / "result.json").read_text())
    assert (made["schema"], made["classroom"], made["score"]) == ("classroom50/result/v1", "classroom", 0)
    assert made["max-score"] == 100
    assert summary.read_text().startswith("# ")


def test_a_stub_that_is_out_of_date_is_not_released(released, cnn):
    stub = cnn.assignment / "keras_text_cnn.py"
    stub.write_text(stub.read_text().replace("raise NotImplementedError", "pass; raise NotImplementedError", 1))
    done = released("--out", "there")
    assert done.code == 2
    assert "keras_text_cnn.py differs from its master source" in done.err
    assert not (cnn.top / "there").exists()


def test_a_handout_that_is_out_of_date_is_not_released(released, cnn):
    cnn.change("assignment.toml", "fit_seconds = 240", "fit_seconds = 200")
    done = released()
    assert (done.code, "its tables are out of date; run `autograder stubs text-cnn`" in done.err) == (2, True)
    assert not (cnn.top / "dist").exists()


def test_a_leak_is_not_released(released, cnn):
    (cnn.solution / "hidden.toml").write_text("seed = 918273\n")
    with (cnn.assignment / "conftest.py").open("a") as file:
        file.write("# 918273\n")
    done = released()
    assert done.code == 2
    assert (
        "secrets; nothing was written: course/assignments/text-cnn/conftest.py:10: the seed of hidden data, from"
        in done.err
    )
    assert not (cnn.top / "dist").exists()


def test_packing(autograder, mini):
    for file in mini.submit().iterdir():
        (mini.assignment / file.name).write_bytes(file.read_bytes())
    done = autograder("pack", cwd=mini.assignment)
    assert done.code == 0
    assert "In the zip: keras_mini.py (0.1 kB), torch_mini.py (0.1 kB)." in done.out
    assert done.out.endswith(f"Hand in this file: {mini.assignment / 'mini-submission.zip'}")
    with zipfile.ZipFile(mini.assignment / "mini-submission.zip") as archive:
        assert archive.namelist() == ["keras_mini.py", "torch_mini.py"]
    assert autograder("pack", mini.assignment, "--out", mini.top / "a.zip", cwd=mini.top).code == 0
    assert (mini.top / "a.zip").is_file()


def test_what_was_packed_can_be_graded(autograder, results, mini):
    for file in mini.submit().iterdir():
        (mini.assignment / file.name).write_bytes(file.read_bytes())
    autograder("pack", cwd=mini.assignment)
    packed = mini.assignment / "mini-submission.zip"
    done = autograder("grade", packed, "--out", mini.top / "out", "--only", "1.10", cwd=mini.top)
    assert done.code == 0
    assert results(mini.top / "out")["score"] > 0


def test_packing_what_would_fail_ends_with_1(autograder, mini):
    (mini.assignment / "keras_mini (1).py").write_text("x = 1\n")
    (mini.assignment / "torch_mini.py").write_text("import nothing_of_that_name\n")
    done = autograder("pack", cwd=mini.assignment)
    assert done.code == 1
    assert "Not packed, since this would fail: - keras_mini.py is missing." in done.err
    assert "Rename it to keras_mini.py" in done.err
    assert not (mini.assignment / "mini-submission.zip").exists()


def test_packing_stubs_is_pointed_out(autograder, cnn):
    done = autograder("pack", cwd=cnn.assignment)
    assert done.code == 0
    assert "not written yet (Task 1.1: split a text into words)." in done.out


def test_packing_needs_no_data(autograder, cnn):
    (cnn.assignment / "data" / "train.csv").unlink()
    assert autograder("pack", cwd=cnn.assignment).code == 0


def test_a_summary_is_appended(autograder, mini):
    for file in mini.submit(torch={"1.2": "wrong"}).iterdir():
        (mini.assignment / file.name).write_bytes(file.read_bytes())
    summary = mini.top / "summary.md"
    summary.write_text("Before.\n")
    done = autograder("check", "--summary", summary, "--only", "1.2", cwd=mini.assignment)
    assert done.code == 1
    text = summary.read_text()
    assert text.startswith("Before.\n# A small assignment: ")
    assert "## What to mend" in text


def test_a_summary_that_can_not_be_written_is_told_before_anything_runs(autograder, mini):
    done = autograder("check", "--summary", mini.top / "no" / "summary.md", cwd=mini.assignment)
    assert done.code == 2
    assert "can't be written: No such file or directory" in done.err
    assert "Task 1" not in done.out
