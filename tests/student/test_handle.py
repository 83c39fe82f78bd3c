"""The handle as checks use it, and what is left when it is closed: nothing."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import numpy as np
import psutil
import pytest

from autograder.assignment import Limits
from autograder.errors import InternalError, SubmissionError
from autograder.student.handle import Student, Submission
from autograder.student.worker import WorkerGone

SIZES = {"length": 3, "num_classes": 2}
TEXTS = np.ones((4, 3), np.int64)
SAVER = """
import json, os, shutil, time
import numpy as np
from pathlib import Path

def build_model(*, length, num_classes):
    return {"w": np.full((length, num_classes), 2, np.float32), "b": np.zeros(num_classes, np.float32)}

def predict(model, token_ids):
    if (model["b"] == 7).all(): os._exit(1)
    return np.asarray(token_ids @ model["w"] + model["b"], np.float32)

def build_vocabulary(texts, max_tokens):
    exec(texts[0])
    return texts

def encode(texts, vocabulary, length):
    return np.array([[vocabulary.index(word) for word in text.split()][:length] for text in texts])

def save(model, path):
    np.savez(path + "/weights.npz", **model)
    AFTER_SAVE

def load(path):
    with np.load(path + "/weights.npz") as found:
        return dict(found)
"""


def roots() -> set[str]:
    return {entry.name for entry in Path(tempfile.gettempdir()).iterdir() if entry.name.startswith("autograder-")}


def saver(submit, after_save: str = "pass", **more):
    return submit(SAVER.replace("AFTER_SAVE", after_save), **more)


def test_what_the_student_is_asked_is_what_it_answers(submit, either):
    served = saver(submit, zygote=either)
    assert served.build_vocabulary(["a = 1", "ü", "\u202e"], 3) == ["a = 1", "ü", "\u202e"]
    assert served.encode(["b a", "a a"], ["a", "b"], 2).tolist() == [[1, 0], [0, 0]]
    model = served.build({"length": 3, "num_classes": 2})
    assert [(p.index, p.name, p.shape) for p in model.parameters] == [(0, "w", (3, 2)), (1, "b", (2,))]
    assert model.predict(TEXTS).tolist() == [[6, 6]] * 4
    model.set_weights([np.zeros((3, 2)), np.ones(2)])
    assert model.predict(TEXTS).tolist() == [[1, 1]] * 4
    assert model.forward(TEXTS, training=False).dtype == np.float64
    assert all(np.isnan(g).all() for g in model.gradients(TEXTS, TEXTS[:, 0]))


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["b"], "wrong shape"),
        (["b a c"], "ValueError"),
        (["a b", "a"], "ValueError"),
    ],
)
def test_ids_of_another_shape_are_refused(submit, texts, words):
    with pytest.raises(SubmissionError, match=words):
        saver(submit).encode(texts, ["a", "b"], 2)


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ("None", r"build_vocabulary returned None \(has it a `return`\?\), and a list of words was expected"),
        ("'abc'", "a list of words was expected, not str"),
        ("{'a': 1}", "a list of words was expected, not dict"),
        ("iter(texts)", "a list of words was expected, not list_iterator"),
        ("[1, 2]", "a vocabulary holds strings, not int"),
        ("[b'a']", "a vocabulary holds strings, not bytes"),
        ("['x' * 1_000_000] * 10", "too large to be an answer"),
        ("[''] * 3_000_000", "too large to be an answer"),
    ],
)
def test_what_is_no_vocabulary_is_refused(submit, returned, words):
    served = submit(f"def build_vocabulary(texts, max_tokens): return {returned}")
    with pytest.raises(SubmissionError, match=words):
        served.build_vocabulary(["a"], 3)


def test_entries_of_numpys_own_kind_are_words(submit):
    served = submit("import numpy as np\ndef build_vocabulary(texts, max_tokens): return np.array(['', 'a'])")
    assert served.build_vocabulary([], 3) == ["", "a"]


@pytest.mark.parametrize("returned", ["[[1]]", "np.ones((1, 1))", "np.array([['a']])", "np.ones((1, 1), bool)"])
def test_ids_that_are_no_whole_numbers_are_refused(submit, returned):
    served = submit(f"import numpy as np\ndef encode(texts, vocabulary, length): return {returned}")
    with pytest.raises(SubmissionError, match=r"an array was expected, not list|token ids are whole numbers"):
        served.encode(["a"], ["a"], 1)


def test_a_model_is_gone_with_its_worker_and_another_can_be_built(submit):
    served = saver(submit)
    model, other = served.build(SIZES), served.build(SIZES)
    model.set_weights([np.zeros((3, 2)), np.full(2, 7)])
    with pytest.raises(WorkerGone, match="status 1") as caught:
        model.predict(TEXTS)
    with pytest.raises(WorkerGone) as again:
        model.weights()
    assert again.value is caught.value
    with pytest.raises(WorkerGone, match="status 1"):
        other.weights()  # it lived there too
    assert served.build(SIZES).predict(TEXTS).tolist() == [[6, 6]] * 4


def test_a_request_that_can_not_be_sent_is_the_graders_mistake(submit):
    served = saver(submit)
    with pytest.raises(InternalError, match="'build_vocabulary' can't be sent: a frame of"):
        served.build_vocabulary(["x" * 40_000_000], 1)
    with pytest.raises(InternalError, match="can't travel"):
        served.build(SIZES).predict(TEXTS.astype(bool))
    assert served.build_vocabulary(["pass"], 1) == ["pass"]


def test_saved_in_one_process_loaded_in_another_and_back(submit, either):
    served = saver(submit, zygote=either)
    model = served.build(SIZES)
    model.set_weights([np.full((3, 2), 0.5), np.ones(2)])
    other = served.another()
    loaded = other.load(model.save(), SIZES)
    assert loaded.weights()[0].tolist() == [[0.5, 0.5]] * 3
    assert served.load(other.loaded_folder, SIZES).weights()[1].tolist() == [1, 1]
    other.end()
    assert model.predict(TEXTS).tolist() == [[2.5, 2.5]] * 4


@pytest.mark.parametrize(
    "after_save",
    [
        "shutil.rmtree(path)",
        "os.rename(path, path + '-elsewhere')",
        "shutil.rmtree(path); os.symlink('/etc', path)",
        "shutil.rmtree(path); os.mkfifo(path)",
        "shutil.rmtree(path); Path(path).write_text('x')",
        "shutil.rmtree(path); os.symlink(path, path)",
        "os.chmod(path, 0)",
    ],
)
def test_a_folder_that_the_student_spoiled_is_the_students_mistake(submit, after_save):
    """The grader touches it by renaming alone, which follows no link."""
    served = saver(submit, after_save)
    folder = served.build(SIZES).save()
    other = served.another()
    try:
        if after_save != "os.chmod(path, 0)" or served.bench._user.uid is not None:
            with pytest.raises(SubmissionError):
                other.load(folder, SIZES)
    finally:
        other.end()


def test_what_stands_in_the_way_of_a_loaded_folder_is_the_students_mistake(submit):
    served = saver(submit)
    folder = served.build(SIZES).save()
    in_the_way = "for n in range(9): os.makedirs(f'loaded-{n}/x')"
    other = served.another()
    other.build_vocabulary([in_the_way], 1)
    with pytest.raises(SubmissionError, match="The folder that save was given is gone"):
        other.load(folder, SIZES)
    other.end()


def test_a_folder_that_is_already_there_is_the_students_mistake(submit):
    served = saver(submit)
    model = served.build(SIZES)
    served.build_vocabulary(["for n in range(9): os.mkdir(f'saved-{n}')"], 1)
    with pytest.raises(SubmissionError, match="FileExistsError"):
        model.save()


def test_the_folder_to_save_into_is_the_workers_own_work(submit):
    """A grader that made it as root, in a folder of the student's, could be led astray by a link."""
    served = saver(submit)
    folder = served.build(SIZES).save()
    uid = served.bench._user.uid
    assert folder.stat().st_uid == (os.getuid() if uid is None else uid)


def test_nothing_is_left_when_a_student_is_closed(students):
    before = roots()
    student = students(SAVER.replace("AFTER_SAVE", "pass"))
    (served,) = student._modules.values()
    uid = served.bench._user.uid
    code = """
Path("closed/in").mkdir(parents=True); Path("closed/in/x").touch(); os.chmod("closed", 0)
os.symlink("/etc", "link"); os.mkfifo("fifo")
Path(os.fsdecode(b"\\xff\\xfe")).touch()
Path("/dev/shm/autograder-left").touch() if os.path.isdir("/dev/shm") else None
for n in range(1500): os.mkdir("d"); os.chdir("d")
os.chdir("/")
"""
    saved = served.build(SIZES).save()
    other = served.another()
    other.load(saved, SIZES)
    with contextlib.suppress(WorkerGone):  # it may be stopped at 400 folders inside each other, if it is seen then
        served.build_vocabulary([code], 1)
    assert len(roots() - before) >= 1
    mine = {served._zygote._process.pid}
    student.close()
    other.end()
    assert not student._place.path.exists()
    if uid is not None:
        assert not Path("/dev/shm/autograder-left").exists()
        left = [p for p in psutil.process_iter(["uids", "pid"]) if p.info["uids"].real == uid]
        assert not left, mine
    Path("/dev/shm/autograder-left").unlink(missing_ok=True)


def test_a_module_ends_with_all_its_processes(submit):
    served = submit()
    workers = [served.worker(), served.another().worker()]
    served.end()
    assert not any(worker.alive for worker in workers)


def test_closing_gives_the_users_back(students):
    student = students(SAVER)
    (served,) = student._modules.values()
    student.close()
    assert served.bench._user.uid is None
    student.close()  # twice is no mistake


def test_a_student_without_frameworks_has_nothing_to_close(tmp_path):
    before = tmp_path / "submission.zip"
    before.touch()
    student = Student(Submission(before, {}), {}, Limits())
    assert student.printed() == {}
    assert student.sandbox() == ()
    student.close()
    assert before.exists()


def test_the_submission_itself_is_left_as_it_was(students, tmp_path):
    student = students(SAVER)
    (served,) = student._modules.values()
    served.worker()
    student.close()
    (source,) = (tmp_path / "submission-0").iterdir()
    assert source.stat().st_uid == os.getuid()
    assert source.read_text().strip().startswith("import json")


def test_what_was_printed_is_by_framework(students):
    student = students("print('hello')\ndef build_vocabulary(texts, max_tokens): return texts")
    (served,) = student._modules.values()
    served.build_vocabulary([], 1)
    served.end()
    assert student.printed() == {"torch": "hello\n"}
