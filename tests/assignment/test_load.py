"""Declarations that are right, and every way to get one wrong."""

import hashlib
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from autograder.assignment import load
from autograder.errors import AssignmentError
from autograder.report import Task, Visibility


def mistakes(folder) -> list[str]:
    """``LINE: message`` of each mistake."""
    with pytest.raises(AssignmentError) as caught:
        load(folder)
    lines = str(caught.value).removeprefix("\n").split("\n  ")
    return [line.removeprefix(f"{folder}/assignment.toml:") for line in lines if line.startswith(str(folder))]


def test_a_right_declaration(tiny):
    assignment = load(tiny)
    assert assignment.folder == tiny
    assert assignment.rubric[2] == Task("3", "Third", 5, graded=False)
    assert assignment.modules == {"keras": "keras_tiny", "torch": "torch_tiny"}
    assert assignment.sizes == {"embed_dim": 4, "kernel_sizes": (2, 3), "dropout": 0.5}
    assert assignment.visibility == {"2.2": Visibility.AFTER_DUE_DATE}
    assert (assignment.weight_of("2.1", 1.0), assignment.weight_of("2.2", 1.0)) == (5, 1)
    assert assignment.limits.fit_seconds == 100
    assert assignment.limits.submission_files == 200
    assert assignment.data_path is None


LATE = "[late]\nfree_days = 2\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[limits]", "[limits]\nper_day = 0", "limits.per_day: must be more than 0, not 0"),
        ("[limits]", "[limits]\nrun_minutes = 41", "limits.run_minutes: must be at most 40, not 41"),
        ("[limits]", "[limits]\nrun_minutes = 8", "limits.total_seconds: 540 s is more than a whole run's 8 minutes"),
        ("[limits]", "[limits]\nused = { memory_mb = 1501 }", "memory_mb (3000) is less than 2 times what"),
        ("[limits]", "[limits]\nused = { memory = 1 }", "unknown key 'memory'"),
        ("points = 30", 'points = 30\ncounts = "worst"', "counts: unknown 'worst'"),
        ("[limits]", f"{LATE}\n[limits]", "late: without points, share or latest it changes nothing"),
        ("[limits]", f"{LATE}points = 1\nshare = 0.1\n[limits]", "late: points and share are both given"),
        ("[limits]", f"{LATE}latest = 2\n[limits]", "late: latest (2) must be more than free_days (2)"),
        ("[limits]", f"{LATE}share = 2\n[limits]", "late.share: must be at most 1, not 2"),
        ("[limits]", "[leaderboard]\nshow = []\n[limits]", "leaderboard.show: "),
        ("[limits]", '[leaderboard]\nshow = ["sped"]\n[limits]', "unknown 'sped'"),
    ],
)
def test_rules_of_handing_in_that_make_no_sense(tiny, old, new, message):
    file = tiny / "assignment.toml"
    file.write_text(file.read_text().replace(old, new, 1))
    assert message in " ".join(mistakes(tiny))


def test_an_assignment_is_frozen_and_travels(tiny):
    assignment = load(tiny)
    with pytest.raises(ValidationError):
        assignment.name = "other"
    with pytest.raises(ValidationError):
        assignment.limits.memory_mb = 1
    copy = pickle.loads(pickle.dumps(assignment))
    assert (copy, copy.folder) == (assignment, tiny)


def test_the_blueprint_is_loaded_anew_and_leaves_nothing_behind(tiny):
    assert load(tiny).blueprint_function()(vocab_size=7, embed_dim=1, kernel_sizes=(), num_classes=1, dropout=0) == 7
    (tiny / "blueprint.py").write_text((tiny / "blueprint.py").read_text().replace("vocab_size\n", "embed_dim \n"))
    assert load(tiny).blueprint_function()(vocab_size=7, embed_dim=1, kernel_sizes=(), num_classes=1, dropout=0) == 1
    assert {path.name for path in tiny.iterdir()} == {"assignment.toml", "blueprint.py"}


def test_a_blueprint_may_hold_dataclasses(tiny):
    source = "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\n"
    (tiny / "blueprint.py").write_text(source + (tiny / "blueprint.py").read_text())
    load(tiny)


def test_what_can_be_left_out(tiny):
    text = (tiny / "assignment.toml").read_text()
    (tiny / "assignment.toml").write_text(text.split("[text]")[0])
    (tiny / "blueprint.py").write_text("def tiny(height=32, num_classes=10): pass\n")
    assignment = load(tiny)
    assert (assignment.text, assignment.training, assignment.data, assignment.thresholds) == (None, None, None, {})
    with pytest.raises(AssignmentError, match="for the data in use"):
        assignment.thresholds_for("keras")


def test_partial_credit_lies_between_the_bounds(tiny):
    bounds = load(tiny).thresholds_for("torch")
    assert [bounds.accuracy.credit(a) for a in (0.2, 0.5, 0.625, 0.75, 1.0, float("nan"))] == [0, 0, 0.5, 1, 1, 0]
    assert [bounds.cpu_ratio.credit(r) for r in (0, 3, 4.5, 6, 9, float("inf"))] == [1, 1, 0.5, 0, 0, 0]


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("title =", "titel =", ["1: the file lacks 'title'", "2: unknown key 'titel'; did you mean 'title'?"]),
        ("epochs", "epoch", ["24: training lacks 'epochs'", "25: unknown key 'epoch'; did you mean 'epochs'?"]),
        ("graded", "grade", ["8: unknown key 'grade'; did you mean 'graded'?"]),
        ("none = 0.5", "nine = 0.5", ["45: thresholds.builtin.keras.accuracy lacks 'none'",
                                      "45: unknown key 'nine'; did you mean 'none'?"]),
        ('"A tiny assignment"', '""', ["2: title: must not be empty"]),
        ("points = 30", 'points = "30"', ["3: points: must be a number, not '30' (text)"]),
        ("points = 30", "points = 31", ["3: the tasks add up to 30 points, not to 31"]),
        ("number = 2", "number = 1",
         ["7: a second task has the number 1", "38: weights: '2.1' belongs to no task", "41: visibility: '2.2'"]),
        ("number = 2", "number = 2.0", ["7: tasks (entry 2).number: must be a whole number, not 2.0 (number)"]),
        ("graded = false", "graded = 0", ["8: tasks (entry 3).graded: must be true or false, not 0 (number)"]),
        ('"torch_tiny"', '"keras_tiny"', ["13: both frameworks have the same module"]),
        ('"torch_tiny"', '"torch_tiny.py"',
         ["13: modules.torch: must be the name of a Python module without .py, not 'torch_tiny.py'"]),
        ("torch =", "pytorch =", ["13: modules.pytorch: unknown 'pytorch'; did you mean 'torch'?"]),
        ('torch = "torch_tiny"', "", ["11: modules lacks 'torch': students write the model in both frameworks"]),
        ("max_tokens = 100", "max_tokens = 2", ["16: text.max_tokens: must be at least 3, not 2"]),
        ("embed_dim", "embed_dims", ["19: sizes lacks 'embed_dim', which the blueprint takes",
                                     "20: sizes: the blueprint takes no 'embed_dims'; did you mean 'embed_dim'?"]),
        ("embed_dim = 4", "embed_dim = 4\nnum_classes = 3", ["21: sizes.num_classes: comes from the data; remove it"]),
        ("[2, 3]", "[2, -3]",
         ["21: sizes.kernel_sizes: must be a whole number above 0, a list of them, or a decimal number, not [2, -3]"]),
        ("dropout = 0.5", "dropout = nan",
         ["22: sizes.dropout: must be a whole number above 0, a list of them, or a decimal number, not nan"]),
        ("learning_rate = 0.01", "learning_rate = inf",
         ["27: training.learning_rate: must be a finite number, not inf"]),
        ('"builtin"', '"built-in"', ["30: data.source: unknown 'built-in'; did you mean 'builtin'?"]),
        ('"builtin"', '"builtin"\npath = "x"', ["31: data.path: the built-in data has no files"]),
        ("test = 20", "", ["29: data lacks 'test': how many built-in texts to test with"]),
        ('"builtin"', '"csv"', ["29: data lacks 'path': where the csv data lies"]),
        ('"builtin"', '"trec"\npath = "nowhere"', ["31: data.path: there is no "]),
        ("fit_seconds = 100", "fit_seconds = -1", ["35: limits.fit_seconds: must be more than 0, not -1"]),
        ("fit_seconds = 100", "fit_seconds = 1e6",
         ["35: limits.fit_seconds: 1e+06 s is more than a whole submission's 540 s"]),
        ('"2.1" = 5', '"2" = 5', ["38: weights: '2' is no check's number, such as '2.3'"]),
        ('"2.1" = 5', '"7.1" = 5', ["38: weights: '7.1' belongs to no task; tasks are 1, 2, 3"]),
        ("after_due_date", "after_duedate",
         ["41: visibility.2.2: unknown 'after_duedate'; did you mean 'after_due_date'?"]),
        ("full = 0.75", "full = 0.5", ["45: thresholds.builtin.keras.accuracy: none (0.5) must lie below full (0.5)"]),
        ("full = 0.75", "full = 75",
         ["45: thresholds.builtin.keras.accuracy.full: must be at most 1, not 75"]),
        ("full = 3", "full = 7",
         ["45: thresholds.builtin.keras.cpu_ratio: none (6) must lie above full (7): less time earns more"]),
        ('"by hand"', '""', ["44: thresholds.builtin.calibrated: must not be empty"]),
        ("blueprint.py:tiny", "blueprint.py:tinny",
         ["4: blueprint: blueprint.py has no function 'tinny'; did you mean 'tiny'?"]),
        ("blueprint.py:tiny", "blueprint.tiny",
         ["4: blueprint: must be a file and a function, such as 'blueprint.py:text_cnn', not 'blueprint.tiny'"]),
        ("blueprint.py:tiny", "nothing.py:tiny", ["4: blueprint: there is no file "]),
        ("points = 30", "points = = 30", ["3: not TOML: Invalid value: points = = 30"]),
        ('"A tiny assignment"', "A tiny assignment", ["2: not TOML: Invalid value: title = A tiny assignment"]),
        ("points = 30", "points = 30\npoints = 30", ["4: not TOML: Cannot overwrite a value"]),
        ("tasks = [", "tasks = 3\nx = [", ["5: tasks: must be a list, not 3 (number)", "6: unknown key 'x'"]),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_its_line(tiny, edit, old, new, wanted):
    edit(old, new)
    found = mistakes(tiny)
    assert len(found) == len(wanted), found
    assert all(f.startswith(w) for f, w in zip(found, wanted, strict=True)), found


def test_all_mistakes_come_at_once_in_the_order_of_lines(tiny, edit):
    edit("train = 100", "train = -1")
    edit("title =", "titel =")
    edit("points = 30", "points = 40")
    edit("embed_dim = 4", "embed_dims = 4.5")
    edit("[2, 3]", "[]")
    assert [int(m.split(":")[0]) for m in mistakes(tiny)] == [1, 2, 3, 19, 20, 21, 31]


def test_a_blueprint_that_fails_is_named_with_its_line(tiny):
    (tiny / "blueprint.py").write_text("x = 1\ny = 1 / 0\n")
    assert mistakes(tiny) == [
        "4: blueprint: running blueprint.py failed at blueprint.py:2: ZeroDivisionError: division by zero"
    ]


def test_a_blueprint_with_a_syntax_error(tiny):
    (tiny / "blueprint.py").write_text("x = 1\ndef (:\n")
    assert "SyntaxError" in mistakes(tiny)[0]


def test_files_that_cannot_be_read(tiny):
    with pytest.raises(AssignmentError, match=r"assignment\.toml can't be read: No such file"):
        load(tiny / "nothing")
    (tiny / "assignment.toml").write_bytes(b"title = '\xe9'")
    with pytest.raises(AssignmentError, match="isn't UTF-8: invalid continuation byte at byte 9"):
        load(tiny)


def test_windows_line_ends_do_not_shift_lines(tiny, edit):
    edit("epochs", "epoch")
    text = (tiny / "assignment.toml").read_text()
    (tiny / "assignment.toml").write_bytes(text.replace("\n", "\r\n").encode())
    assert [m.split(":")[0] for m in mistakes(tiny)] == ["24", "25"]


def test_checksums_are_compared(tiny, edit):
    (tiny.parent / "trec").mkdir()
    (tiny.parent / "trec" / "train.label").write_bytes(b"NUM:count how many\n")
    digest = hashlib.sha256(b"NUM:count how many\n").hexdigest()
    edit('"builtin"', '"trec"\npath = "../trec"')
    edit("[limits]", f'[data.sha256]\n"train.label" = "{digest}"\n[limits]')
    assert load(tiny).data_path.resolve() == (tiny.parent / "trec").resolve()
    (tiny.parent / "trec" / "train.label").write_bytes(b"changed")
    assert mistakes(tiny)[0].startswith("36: data.sha256: train.label has the checksum ")
    (tiny.parent / "trec" / "train.label").unlink()
    assert mistakes(tiny)[0].startswith("36: data.sha256: there is no file ")


def test_other_data_from_the_command_line(tiny, tmp_path):
    (tmp_path / "questions").mkdir()
    assignment = load(tiny)
    other = assignment.with_data(f"trec={tmp_path / 'questions'}")
    assert (other.data.source, other.data_path, other.data.train) == ("trec", tmp_path / "questions", None)
    assert other.folder == tiny
    assert assignment.data.source == "builtin"
    with pytest.raises(AssignmentError, match=r"no \[thresholds\.trec\]"):
        other.thresholds_for("keras")
    assert other.with_data("builtin").data.train == 2000
    assert assignment.with_data("builtin").data.train == 100


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("trek=x", "did you mean 'trec'"),
        ("trec", "must be one of builtin, csv=PATH, folders=PATH, trec=PATH"),
        ("trec=", "must be one of"),
        ("builtin=x", "must be one of"),
        ("trec=/no/such/folder", "there is no /no/such/folder"),
    ],
)
def test_other_data_that_is_not_there(tiny, spec, words):
    with pytest.raises(AssignmentError, match=words):
        load(tiny).with_data(spec)


def test_declared_data_need_not_exist_where_other_is_used(tiny, edit):
    edit('"builtin"', '"trec"\npath = "nowhere"')
    with pytest.raises(AssignmentError, match="--data trec=PATH"):
        load(tiny)
    assert load(tiny, data="builtin").data.source == "builtin"


def test_loading_needs_neither_framework(tiny):
    program = (
        "import sys; from pathlib import Path; from autograder.assignment import load; "
        f"load(Path({str(tiny)!r})); print(sorted({{'torch', 'keras', 'tensorflow'}} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("folder", [f.parent for f in Path(__file__).parents[2].glob("assignments/*/assignment.toml")])
def test_the_course_s_own_assignments_load(folder):
    assignment = load(folder)
    assert assignment.name == folder.name
    assert sum(task.points for task in assignment.rubric) == 100


def test_another_function_of_the_blueprint_s_file(tiny):
    (tiny / "blueprint.py").write_text((tiny / "blueprint.py").read_text() + "\ndef draw_sizes(rng):\n    return rng\n")
    assert load(tiny).blueprint_function("draw_sizes")(3) == 3
    with pytest.raises(AssignmentError, match="no function 'draw_size'; did you mean 'draw_sizes'"):
        load(tiny).blueprint_function("draw_size")


SETTINGS = """
[settings.trec]
text = { max_tokens = 400 }
sizes = { embed_dim = 16 }
training = { epochs = 8 }
"""


def test_other_data_may_want_other_settings(tiny):
    with (tiny / "assignment.toml").open("a") as file:
        file.write(SETTINGS)
    assignment = load(tiny)
    other = assignment.with_data(f"trec={tiny}")

    assert assignment.sizes["embed_dim"] == 4
    assert other.sizes == {**assignment.sizes, "embed_dim": 16}
    assert (other.text.max_tokens, other.text.length) == (400, 8)
    assert (other.training.epochs, other.training.batch_size) == (8, 8)


def test_a_size_that_the_blueprint_does_not_know_is_refused_in_settings_too(tiny):
    with (tiny / "assignment.toml").open("a") as file:
        file.write(SETTINGS.replace("embed_dim", "embed_dims"))
    (mistake,) = mistakes_of(tiny)
    assert "'embed_dims' is no size of the blueprint" in mistake
    assert "embed_dim" in mistake


def mistakes_of(folder) -> list[str]:
    with pytest.raises(AssignmentError) as caught:
        load(folder)
    return str(caught.value).split("\n  ")


CNN = """
from autograder.blueprint import Blueprint, Chain, Conv1D, Dense, Dropout, Embedding, GlobalMaxPool1D, Parallel


def tiny(*, vocab_size, embed_dim, kernel_sizes, num_classes, dropout):
    branches = [Chain(Conv1D(f"conv{k}", 3, k), GlobalMaxPool1D()) for k in kernel_sizes]
    ends = Dropout(dropout), Dense("output", num_classes)
    return Blueprint(Chain(Embedding("embedding", vocab_size, embed_dim), Parallel(*branches), *ends))
"""


@pytest.fixture
def real(tiny):
    """The tiny assignment with a blueprint that is one."""
    (tiny / "blueprint.py").write_text(CNN)
    load(tiny)
    return tiny


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("[2, 3]", "[2, 8]", []),
        ("[2, 3]", "[2, 9]", ["21: sizes.kernel_sizes: with kernel_sizes = [2, 9] the model needs texts of at least 9 "
                              "words, but text.length is 8: lower kernel_sizes or raise text.length"]),
        ("length = 8", "length = 2", ["21: sizes.kernel_sizes: with kernel_sizes = [2, 3] the model needs texts of "]),
        ("[2, 3]", "3", ["19: sizes: the blueprint can't be made of them: TypeError: 'int' object is not iterable"]),
        ("[2, 3]", "[2, 2]", ["19: sizes: the blueprint can't be made of them: two layers are called conv2"]),
    ],
)  # fmt: skip
def test_the_model_has_to_fit_the_texts(real, edit, old, new, wanted):
    edit(old, new)
    found = mistakes(real) if wanted else (load(real), [])[1]
    assert len(found) == len(wanted), found
    assert all(f.startswith(w) for f, w in zip(found, wanted, strict=True)), found


def test_the_model_has_to_fit_the_texts_of_other_data_as_well(real):
    with (real / "assignment.toml").open("a") as file:
        file.write(SETTINGS.replace("max_tokens = 400", "length = 5").replace("embed_dim = 16", "kernel_sizes = [6]"))
    (mistake,) = mistakes(real)
    assert mistake.startswith("50: settings.trec.sizes.kernel_sizes: with kernel_sizes = [6] the model needs texts of")
    assert "text.length is 5" in mistake
