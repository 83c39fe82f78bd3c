"""What one student handed in is found, in whatever folders, archives and names it comes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

FOLDER = "Ada Lovelace_12345_assignsubmission_file_"


@pytest.fixture
def grade(autograder, mini):
    """Grade into ``out``, with the assignment named or inferred."""

    def grade(submission: Path, *options: object, named: bool = True):
        name = ("--assignment", "mini") if named else ()
        return autograder("grade", submission, "--out", mini.top / "out", *name, *options, cwd=mini.top)

    return grade


@pytest.fixture
def report(mini):
    return lambda: json.loads((mini.top / "out" / "report.json").read_text())


def zipped(folder: Path, into: Path) -> Path:
    return Path(shutil.make_archive(str(into), "zip", folder.parent, folder.name))


@pytest.mark.parametrize("named", [True, False])
def test_one_students_moodle_folder(grade, mini, tmp_path, named):
    (tmp_path / FOLDER).mkdir()
    zipped(mini.submit(), tmp_path / FOLDER / "homework")
    assert grade(tmp_path / FOLDER, named=named).code == 0
    shutil.rmtree(mini.top / "out")
    assert grade(zipped(tmp_path / FOLDER, tmp_path / "moodle"), named=named).code == 0  # the download of one student


@pytest.mark.parametrize(
    "names",
    [
        ("lovelaceada_123_4001_{}.py", "lovelaceada_LATE_123_4002_{}-1.py"),
        ("LATE_anon_123_4001_{}.py", "LATE_anon_123_4002_{}-2.py"),
        (f"{FOLDER}{{}}.py", f"{FOLDER}{{}} (1).py"),
        ("hw1_ada_attempt_2026-01-30-15-00-00_{}.py", "{} (2).py"),
        ("{}.py", "deep/down/{}.py"),
    ],
)
def test_names_that_platforms_and_browsers_make(grade, report, mini, tmp_path, names):
    one, folder = mini.submit(), tmp_path / "downloads"
    for module, name in zip(("keras_mini", "torch_mini"), names, strict=True):
        file = folder / name.format(module)
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(one / f"{module}.py", file)
    done = grade(folder, named=False)
    assert done.code == 0, done.err
    assert report()["basis"]["taken_as"]["torch_mini.py"] == names[1].format("torch_mini")
    assert f"{names[1].format('torch_mini')} was taken as torch_mini.py" in done.out


@pytest.mark.parametrize("as_zip", [False, True])
def test_two_versions_get_valid_results_that_say_how_to_choose(grade, results, mini, tmp_path, as_zip):
    for name in ("v1", "v2"):
        shutil.copytree(mini.submit(), tmp_path / "ada" / name)
    submission = zipped(tmp_path / "ada", tmp_path / "zip") if as_zip else tmp_path / "ada"
    done = grade(submission)
    assert done.code == 1
    found = results(mini.top / "out")
    assert found["score"] == 0
    assert "keras_mini.py is there more than once." in found["output"]
    assert "v1/keras_mini.py, v2/keras_mini.py" in found["tests"][0]["output"]
    assert "--as keras_mini.py=v2/keras_mini.py" in done.out
    chosen = [option for m in ("keras", "torch") for option in ("--as", f"{m}_mini.py=v2/{m}_mini.py")]
    assert grade(submission, *chosen).code == 0


def test_a_misnamed_file_is_proposed_and_taken(grade, report, mini):
    one = mini.submit()
    (one / "torch_mini.py").rename(one / "torch-mini-final.py")
    done = grade(one)
    assert done.code == 1
    assert "If torch-mini-final.py is meant, grade again with --as torch_mini.py=torch-mini-final.py" in done.out
    assert grade(one, "--as", "torch_mini.py=torch-mini-final.py").code == 0
    assert report()["basis"]["taken_as"] == {"torch_mini.py": "torch-mini-final.py"}


def test_the_named_file_goes_before_the_one_of_the_right_name(grade, mini):
    one = mini.submit(torch={"1.10": "wrong"})
    shutil.copy(one / "keras_mini.py", one / "mended.py")
    assert grade(one, "--as", "torch_mini.py=mended.py").code == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("torch_mini.py", "it takes a module of mini"),
        ("torch_minni.py=x.py", "it takes a module of mini (keras_mini.py, torch_mini.py)"),
        ("torch_mini.py=x.py", "the submission holds no x.py. It holds: keras_mini.py, torch_mini.py"),
        ("torch_mini.py=../torch_mini.py", "the submission holds no ../torch_mini.py"),
    ],
)
def test_what_cannot_be_taken(grade, mini, given, words):
    done = grade(mini.submit(), "--as", given)
    assert done.code == 2
    assert words in done.err
    assert not (mini.top / "out" / "results.json").exists()


def test_a_bulk_download_is_not_one_submission(grade, mini, tmp_path):
    for name in (FOLDER, "Ben Bo_12346_assignsubmission_file_"):
        (tmp_path / "all" / name).mkdir(parents=True)
        zipped(mini.submit(), tmp_path / "all" / name / "homework")
    done = grade(tmp_path / "all")
    assert done.code == 2
    assert "holds several submissions" in done.err


def test_what_lies_beside_the_module_comes_along(grade, mini):
    one = mini.submit()
    (one / "work").mkdir()
    for file in sorted(one.glob("*.py")):
        (one / "work" / file.name).write_text("from helper import build_vocabulary\n")
    (one / "work" / "helper.py").write_text("def build_vocabulary(texts, max_tokens):\n    return ['right']\n")
    for file in sorted(one.glob("*.py")):
        file.unlink()
    (one / "notes.txt").write_text("see work/")
    assert grade(one).code == 0
