"""A release from end to end: what is in it, what isn't, and that it is the same bytes wherever it is made."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest

from autograder.assignment import load
from autograder.errors import AssignmentError
from autograder.release import build as building
from autograder.release.bundles import File
from autograder.release.student import student_files

STUDENT = {
    "README.md",
    "assignment.toml",
    "blueprint.py",
    "checks/test_text_cnn.py",
    "conftest.py",
    "data/test.csv",
    "data/train.csv",
    "keras_text_cnn.py",
    "text-cnn.svg",
    "torch_text_cnn.py",
}
SOLUTION = {"hidden.toml", "keras_text_cnn.py", "torch_text_cnn.py"}


@pytest.fixture(scope="session")
def released(twins, tmp_path_factory):
    """Both twins' releases, as they lie on the disk."""
    out = tmp_path_factory.mktemp("released")
    for course, place in zip(twins, ("one", "other"), strict=True):
        building.write(building.build(load(course.assignment), course.solution), out / place)
    return out / "one", out / "other"


@pytest.fixture
def quick(monkeypatch):
    """A wheel that takes no time."""
    monkeypatch.setattr(building, "build_wheel", lambda project: ("autograder-0-py3-none-any.whl", File(b"wheel")))


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_course_gives_the_same_bytes_wherever_it_lies(released):
    one, other = map(files, released)
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []


def test_modes_are_the_same_too(released):
    one, other = ({p.relative_to(f): p.stat().st_mode for p in f.rglob("*") if p.is_file()} for f in released)
    assert one == other


def test_students_get_what_is_theirs(released):
    with zipfile.ZipFile(released[0] / "text-cnn-student.zip") as archive:
        held, own = set(archive.namelist()), "course/assignments/text-cnn/"
        assert {name for name in held if name.startswith("course/assignments/")} == {own + name for name in STUDENT}
        assert "### BEGIN SOLUTION" not in archive.read(f"{own}keras_text_cnn.py").decode()
        assert b"NotImplementedError" in archive.read(f"{own}torch_text_cnn.py")


def test_students_get_all_that_makes_an_environment(released, tmp_path):
    with zipfile.ZipFile(released[0] / "text-cnn-student.zip") as archive:
        archive.extractall(tmp_path)
        modes = {entry.filename: stat.S_IMODE(entry.external_attr >> 16) for entry in archive.infolist()}
    course = tmp_path / "course"
    assert modes["course/tools/make-env"] == 0o755
    assert {p.name for p in course.iterdir()} == {
        *(".gitignore", "LICENSE", "Makefile", "README.md", "assignments", "autograder", "pyproject.toml"),
        *("requirements.lock", "tools"),
    }
    command = ["make", "--no-print-directory", "--dry-run", "env"]  # it would print, called by another make
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("tools/make-env\n")
    assert building.build_wheel(course)[1].data  # so the framework can be installed from it


def test_gradescope_gets_scripts_that_can_be_run_the_framework_and_the_solution(released):
    with zipfile.ZipFile(released[0] / "text-cnn-gradescope.zip") as archive:
        modes = {entry.filename: stat.S_IMODE(entry.external_attr >> 16) for entry in archive.infolist()}
        assert archive.read("run_autograder").startswith(b"#!")
        assert archive.read("setup.sh").startswith(b"#!")
        assert f"seed = {918_273}" in archive.read("solutions/text-cnn/hidden.toml").decode()
        assert b"### PART:" not in archive.read("solutions/text-cnn/keras_text_cnn.py")
    runnable = {name for name, mode in modes.items() if mode == 0o755}
    assert runnable == {"run_autograder", "setup.sh"}
    assert set(modes.values()) == {0o755, 0o644}
    wheels = {name for name in modes if name.endswith(".whl")}
    assert len(wheels) == 1
    course = {f"assignments/text-cnn/{name}" for name in STUDENT} | {f"solutions/text-cnn/{name}" for name in SOLUTION}
    assert set(modes) == runnable | wheels | course | {"requirements.lock"}  # no known mistakes, no variants


def test_the_wheel_holds_the_package_and_nothing_of_this_machine(released, twins):
    with zipfile.ZipFile(released[0] / "text-cnn-gradescope.zip") as archive:
        name = next(name for name in archive.namelist() if name.endswith(".whl"))
        (released[0].parent / "wheel.zip").write_bytes(archive.read(name))
    with zipfile.ZipFile(released[0].parent / "wheel.zip") as wheel:
        held = set(wheel.namelist())
        assert {"autograder/cli/app.py", "autograder/py.typed", "autograder/reporters/templates/report.css"} <= held
        assert {"autograder/release/templates/repository/grade.yml"} <= held
        assert not [name for name in held if "__pycache__" in name or name.startswith("tests")]
        here = str(Path(building.__file__).parents[2]).encode()
        assert not [name for name in held if here in wheel.read(name)]


def test_a_template_repository_is_what_students_get_and_a_workflow(released):
    held = files(released[0] / "text-cnn-repository")
    assert b"working-directory: assignments/text-cnn\n" in held.pop(".github/workflows/grade.yml")
    with zipfile.ZipFile(released[0] / "text-cnn-student.zip") as archive:
        assert held == {name.removeprefix("course/"): archive.read(name) for name in archive.namelist()}


def test_the_record_tells_the_truth(released):
    told = json.loads((released[0] / "text-cnn-release.json").read_text())
    assert (told["schema"], told["assignment"], told["points"]) == ("autograder-release/1", "text-cnn", 100)
    assert set(told["versions"]) >= {"autograder", "keras", "torch", "tensorflow"}
    assert told["verified"] is None
    for name, its in told["archives"].items():
        data = (released[0] / name).read_bytes()
        assert its == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    for name, listed in told["folders"].items():
        found = {path: hashlib.sha256(data).hexdigest() for path, data in files(released[0] / name).items()}
        assert found == {path: its["sha256"] for path, its in listed.items()}


def test_the_verifications_record_travels_along(course, quick):
    proof = course.solution / "verification.json"
    proof.write_text('{"right": 12}')
    made = building.build(load(course.assignment), course.solution, proof)
    assert json.loads(made.record)["verified"] == {"right": 12}
    assert not any("verify" in note for note in made.notes)
    for wrong in ("[", "[]"):
        proof.write_text(wrong)
        with pytest.raises(AssignmentError, match=r"verification\.json isn't (a )?JSON.*verify the assignment again"):
            building.build(load(course.assignment), course.solution, proof)


def test_what_only_lies_in_the_folder_is_not_handed_out_and_told(course, quick):
    (course.assignment / "answers.txt").write_text("for me alone")
    made = building.build(load(course.assignment), course.solution)
    assert "answers.txt" not in student_files(load(course.assignment), course.solution)
    assert "students don't get answers.txt: the handout doesn't link to it" in made.notes


def test_what_the_handout_links_to_is_handed_out(course, quick):
    (course.assignment / "extra.py").write_text("x = 1\n")
    with (course.assignment / "README.md").open("a") as readme:
        readme.write("\nSee [this](extra.py), [that](../text-lstm/README.md#top) and <https://example.org/a.png>.\n")
    made = building.build(load(course.assignment), course.solution)
    assert "extra.py" in student_files(load(course.assignment), course.solution)
    assert any(note.endswith("../text-lstm/README.md isn't in what students get") for note in made.notes)


def test_a_figure_that_is_not_there_is_told_with_its_line(course):
    readme = course.assignment / "README.md"
    readme.write_text("# Title\n\n![what](none.svg)\n")
    with pytest.raises(AssignmentError, match=r"README\.md:3: there is no none\.svg in the assignment's folder"):
        student_files(load(course.assignment), course.solution)


def test_links_are_not_followed(course):
    (course.assignment / "checks" / "more.py").symlink_to(course.solution / "keras_text_cnn.py")
    with pytest.raises(AssignmentError, match=r"more\.py is a link"):
        student_files(load(course.assignment), course.solution)


def test_data_elsewhere_can_not_be_handed_out(course):
    (course.assignment / "data").rename(course.top / "data")
    course.change("assignment.toml", 'path = "data"', 'path = "../../data"')
    with pytest.raises(AssignmentError, match=r"assignment\.toml:\d+: data\.path leads out of the assignment's folder"):
        student_files(load(course.assignment), course.solution)


def test_hidden_files_go_to_gradescope_alone(course, quick):
    hidden = course.solution / "hidden"
    hidden.mkdir()
    (hidden / "train.csv").write_bytes((course.assignment / "data" / "train.csv").read_bytes())  # may well be the same
    (hidden / "test.csv").write_text("text,label\na new text,good\nanother one,bad\n")
    made = building.build(load(course.assignment), course.solution)
    with zipfile.ZipFile(io.BytesIO(made.archives["text-cnn-gradescope.zip"])) as archive:
        assert archive.read("solutions/text-cnn/hidden/test.csv") == (hidden / "test.csv").read_bytes()
    (course.assignment / "data" / "test.csv").write_bytes((hidden / "test.csv").read_bytes())
    with pytest.raises(
        AssignmentError, match=r"data/test\.csv: 100% of the hidden data of solutions/text-cnn/hidden/test"
    ):
        building.build(load(course.assignment), course.solution)


def test_a_docker_context_where_the_project_has_a_dockerfile(course, quick, monkeypatch, tmp_path):
    project = building.project_folder()
    for folder in ("autograder", "tools"):
        (tmp_path / "project" / folder).mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements.lock", "tools/make-env"):
        (tmp_path / "project" / name).write_bytes((project / name).read_bytes())
    monkeypatch.setattr(building, "project_folder", lambda: tmp_path / "project")
    made = building.build(load(course.assignment), course.solution)
    assert set(made.folders) == {"text-cnn-repository", "text-cnn-classroom50"}
    assert "no Docker context: the project has no Dockerfile" in made.notes
    (tmp_path / "project" / "Dockerfile").write_text("FROM scratch\n")
    context = building.build(load(course.assignment), course.solution).folders["text-cnn-docker"]
    assert {"Dockerfile", "pyproject.toml", "requirements.lock", "solutions/text-cnn/hidden.toml"} <= set(context)
    assert not [path for path in context if "mutants" in path]


def test_a_later_release_replaces_an_earlier_one_whole(course, quick, tmp_path):
    made = building.build(load(course.assignment), course.solution)
    out = tmp_path / "dist"
    building.write(made, out)
    (out / "text-cnn-repository" / "old.py").write_text("")
    (out / "another.zip").write_text("")
    building.write(made, out)
    assert not (out / "text-cnn-repository" / "old.py").exists()
    assert {path.name for path in out.iterdir()} >= {"another.zip", "text-cnn-student.zip", "text-cnn-release.json"}
    assert not [path for path in out.iterdir() if path.name.startswith(".")]


def test_a_place_that_can_not_be_written(course, quick, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(AssignmentError, match="the release can't be written to"):
        building.write(building.build(load(course.assignment), course.solution), tmp_path / "file")


def test_a_framework_without_its_sources_can_not_be_released(monkeypatch, tmp_path):
    monkeypatch.setattr("autograder.__file__", str(tmp_path / "autograder" / "__init__.py"))
    with pytest.raises(AssignmentError, match=r"has no pyproject\.toml"):
        building.project_folder()
