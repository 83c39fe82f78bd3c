"""Archives within what was handed in, and names that platforms give: found, and bounded like everything else."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

import pytest

from autograder.errors import AssignmentError, SubmissionError
from autograder.intake import file_names, open_submission
from autograder.intake.platforms import are_versions, own_name, who

WANTED = ("keras_m.py", "torch_m.py")


@dataclass(frozen=True)
class Limits:
    submission_mb: int = 1
    submission_files: int = 20


def packed(files: dict[str, bytes | str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.fixture
def opened(tmp_path):
    def opened(files: dict[str, bytes | str], **more):
        (tmp_path / "s.zip").write_bytes(packed(files))
        return open_submission(tmp_path / "s.zip", tmp_path / "clean", limits=Limits(), wanted=WANTED, **more)

    return opened


BOTH = packed({"top/keras_m.py": "1", "top/torch_m.py": "2", "top/lib/x.py": "3", "__MACOSX/._a": ""})


def test_an_archive_in_an_archive_in_an_archive(opened):
    found = opened({"readme.txt": "see the zip", "deep/outer.zip": packed({"inner.zip": BOTH})})
    assert found.files == ("keras_m.py", "lib/x.py", "readme.txt", "torch_m.py")
    assert found.taken_as["keras_m.py"] == "deep/outer.zip/inner.zip/top/keras_m.py"


def test_no_deeper_than_that(opened):
    found = opened({"a.zip": packed({"b.zip": packed({"c.zip": BOTH})})})
    assert "is missing" in found.module_problem("keras_m").message


def test_archives_beside_modules_stay_closed(opened):
    assert opened({"keras_m.py": "1", "torch_m.py": "2", "old.zip": BOTH}).files == (*sorted((*WANTED, "old.zip")),)


def test_a_broken_archive_beside_a_module_costs_nothing_else(opened):
    found = opened({"keras_m.py": "1", "data.zip": b"PK\x03\x04 broken"})
    assert found.module_problem("keras_m") is None
    assert "is missing" in found.module_problem("torch_m").message


BOMB = packed({"zeros": bytes(900_000)})


@pytest.mark.parametrize(
    ("inner", "words"),
    [
        (b"PK\x03\x04 broken", "In x.zip: The archive is damaged."),
        (b"Rar!\x1a\x07", "is not a zip archive"),
        (packed({"../../evil.py": "x"}), "leads out of its folder"),
        (packed({"/etc/passwd": "x"}), "is an absolute path"),
        (packed({"zeros": bytes(1_500_000)}), "would grow from"),
        (packed({f"{i}.txt": "" for i in range(21)}), "more than 20 files"),
        (packed({"a.zip": BOMB, "b.zip": BOMB}), "larger than 1 MB"),
        (packed({"/".join("d" * 12) + "/keras_m.py": "x"}), "folders deep"),
    ],
)
def test_hostile_archives_within(opened, tmp_path, inner, words):
    with pytest.raises(SubmissionError) as caught:
        opened({"x.zip": inner})
    assert words in caught.value.finding.message + caught.value.finding.found
    assert not (tmp_path / "clean").exists()


def test_a_link_within_is_refused(opened):
    link = zipfile.ZipInfo("keras_m.py")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(SubmissionError, match="is a link"):
        opened({"x.zip": stream.getvalue()})


def test_modules_in_two_folders_with_helpers_of_one_name(opened):
    files = {"k/keras_m.py": "1", "k/util.py": "k", "t/torch_m.py": "2", "t/util.py": "t", "k/a/b.py": "3"}
    found = opened(files)
    assert set(found.files) >= {"keras_m.py", "torch_m.py", "util.py", "a/b.py"}
    assert (found.folder / "util.py").read_text() == "k"


def test_the_one_at_the_top_counts(opened):
    found = opened({"keras_m.py": "new", "torch_m.py": "2", "old/keras_m.py": "old"})
    assert (found.folder / "keras_m.py").read_text() == "new"
    assert not found.taken_as


def test_a_folder_of_files_with_one_module_twice_still_has_the_other(opened):
    found = opened({"v1/keras_m.py": "1", "v2/keras_m.py": "2", "v2/torch_m.py": "3"})
    assert found.module_problem("torch_m") is None
    assert found.module_problem("keras_m").message == "keras_m.py is there more than once."


def test_a_named_file_that_is_not_there(opened, tmp_path):
    with pytest.raises(AssignmentError, match=r"the submission holds no y\.py"):
        opened({"x.py": "1"}, taken_as={"keras_m.py": "y.py"})
    assert not (tmp_path / "clean").exists()


def test_names_for_the_choice_of_an_assignment(tmp_path):
    (tmp_path / "s.zip").write_bytes(packed({"x.zip": packed({"adal_1_2_keras_m-1.py": "x"})}))
    assert file_names(tmp_path / "s.zip", limits=Limits(), wanted=WANTED) == ("x.zip/keras_m.py",)
    assert file_names(tmp_path / "s.zip", limits=Limits()) == ("x.zip",)


@pytest.mark.parametrize(
    ("name", "student", "own"),
    [
        ("doejane_123_4_torch_text_cnn.py", "doejane_123", "torch_text_cnn.py"),
        ("doejane_LATE_123_4_torch_text_cnn-1.py", "doejane_123", "torch_text_cnn.py"),
        ("LATE_anon_123_4_torch_text_cnn.py", "anon_123", "torch_text_cnn.py"),
        ("Ada L_5_assignsubmission_file_torch_text_cnn (1).py", "Ada L_5", "torch_text_cnn.py"),
        ("Participant_5_assignsubmission_file_", "Participant_5", "Participant_5_assignsubmission_file_"),
        ("hw_ada_attempt_2016-01-30-15-00-00_m.py", "hw_ada", "m.py"),
        ("submission_4711", "submission_4711", "submission_4711"),
        ("torch_text_cnn.py", "", "torch_text_cnn.py"),
        ("torch_text_cnn(2).py", "", "torch_text_cnn.py"),
        ("torch_text_cnn_2.py", "", "torch_text_cnn_2.py"),
    ],
)
def test_whose_and_what(name, student, own):
    assert (who(name), own_name(name)) == (student, own)


def test_versions_are_told_from_students():
    assert are_versions(["v1", "v2"])
    assert are_versions(["text-cnn", "text-cnn-old"])
    assert are_versions(["draft", "final"])
    assert not are_versions(["ada", "ben"])
    assert not are_versions(["submission_1", "submission_2"])
