"""Each kind of secret, planted in what students get, is found; and what is rightly shared is none."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from autograder.assignment import load
from autograder.errors import AssignmentError
from autograder.release import build as building
from autograder.release.bundles import File, below, zipped
from autograder.release.leaks import Watch, find_leaks
from autograder.release.secrets import Piece, Secrets, read_secrets
from autograder.release.student import student_files

ROOT = Path(__file__).parents[2]
NAMES = ("text-cnn", "text-lstm", "warmup-convnet")


@pytest.fixture(scope="module")
def secrets():
    """Those of the project's own course."""
    return read_secrets(ROOT / "solutions")


@pytest.fixture(scope="module")
def handed_out():
    """The files of each of its assignments, as students get them."""
    return {n: dict(student_files(load(ROOT / "assignments" / n), ROOT / "solutions" / n)) for n in NAMES}


@pytest.fixture(scope="module")
def watch(secrets):
    return Watch(secrets)


@pytest.fixture
def leaks(watch, handed_out):
    """Leaks in one of the files that students get of text-cnn, with this text behind what it holds."""

    def leaks(path: str, text: str | bytes, secrets: Secrets | None = None):
        old = handed_out["text-cnn"].get(path, File(b"")).data
        more = text if isinstance(text, bytes) else text.encode()
        look = watch if secrets is None else Watch(secrets)
        return list(look.leaks(f"text-cnn/{path}", old + b"\n" + more))

    return leaks


@pytest.mark.parametrize("name", NAMES)
def test_the_projects_own_assignments_hold_no_secret(secrets, handed_out, name):
    assert find_leaks(zipped(below(name, handed_out[name])), secrets) == []


def test_a_whole_solution_in_a_stub(leaks):
    (leak, *_) = leaks("keras_text_cnn.py", (ROOT / "solutions/text-cnn/keras_text_cnn.py").read_text())
    assert leak.path == "text-cnn/keras_text_cnn.py"
    assert "a solution's marker, '### BEGIN SOLUTION'" in str(leak)


LINE = 'tables = layers.Embedding(vocab_size, embed_dim, embeddings_initializer="zeros")  # a remark'
ONE = Secrets((Piece("solutions/x/keras_x.py:7", f"    {LINE}\n    return tables"),), ("import keras",), frozenset(), {}, {})  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    "planted",
    [
        LINE,
        f"        {LINE}",
        "# tables = layers.Embedding(vocab_size, embed_dim, embeddings_initializer='zeros')",
        "tables=layers.Embedding( vocab_size,embed_dim, embeddings_initializer = 'zeros' )",
        "tables = layers.Embedding(\n    vocab_size,\n    embed_dim, embeddings_initializer='zeros')",
        "x = 1; tables = layers.Embedding(vocab_size, embed_dim, embeddings_initializer='zeros'); y = 2",
    ],
)
def test_a_single_line_however_it_is_written(leaks, handed_out, planted):
    before = handed_out["text-cnn"]["blueprint.py"].data.count(b"\n")
    found = leaks("blueprint.py", planted, secrets=ONE)
    assert [(leak.path, leak.line) for leak in found] == [("text-cnn/blueprint.py", before + 2)]
    assert str(found[0]).endswith(f"a line of solutions/x/keras_x.py:7: {LINE}")


def test_a_line_in_a_figure_or_in_data(leaks):
    for path in ("text-cnn.svg", "data/train.csv"):
        assert [leak.path for leak in leaks(path, f"<!-- {LINE} -->", secrets=ONE)] == [f"text-cnn/{path}"]


@pytest.mark.parametrize("harmless", ["return tables", "import keras", "layers.Embedding(vocab_size, embed_dim)"])
def test_short_shared_and_other_lines_are_no_leak(leaks, harmless):
    assert leaks("README.md", harmless, secrets=ONE) == []


def test_lines_that_the_stub_has_too_are_rightly_shared(leaks):
    both = Secrets(ONE.pieces, (LINE,), frozenset(), {}, {})
    assert leaks("keras_text_cnn.py", LINE, secrets=both) == []


def test_functions_under_other_names(watch, secrets):
    """Every name that a solution chose itself is another one, lines are further apart, comments are gone."""
    masters = [piece for piece in secrets.pieces if not {"mutants", "variants"} & set(piece.place.split("/"))]
    long = [piece for piece in masters if piece.text.count("\n")]
    assert len(long) >= 20
    for piece in long:
        found = list(watch.leaks("checks/test_x.py", _disguised(piece.text).encode()))
        assert [leak.what for leak in found if "of the code of" in leak.what], piece.place


def _disguised(text: str) -> str:
    """Own variables renamed; spaces doubled; without comments; one blank line between lines."""
    own = set(re.findall(r"^\s*(?:for )?(\w+)(?:, \w+)* (?:=|in) ", text, re.MULTILINE)) | {
        "model",
        "token_ids",
        "labels",
    }
    for index, name in enumerate(sorted(own)):
        text = re.sub(rf"(?<!\.)\b{name}\b(?!\()", f"hidden{index}", text)
    return "\n\n".join(re.sub(r"\s+#.*", "", line).replace(" = ", "  =  ") for line in text.split("\n"))


def test_two_thirds_of_a_function(leaks, secrets):
    (fit,) = (piece.text.split("\n") for piece in secrets.pieces if "classifiers/torch_use" in piece.place and "zero_grad" in piece.text)  # fmt: skip  # noqa: E501
    found = leaks("README.md", _disguised("\n".join(fit[len(fit) // 3 :])))
    assert any("of the code of solutions/text-c" in leak.what and leak.line > 300 for leak in found)


def test_a_known_mistakes_code_and_its_name(leaks):
    mutant = (ROOT / "solutions/text-classifiers/mutants/no-zero-grad/torch.py").read_text()
    assert any("solutions/text-classifiers" in str(leak) for leak in leaks("torch_text_cnn.py", mutant))
    (leak,) = leaks("README.md", "beware of no-zero-grad")
    assert leak.what == "the name of a known mistake or variant, 'no-zero-grad'"
    assert leaks("README.md", "a bidirectional LSTM; no-zero-gradient") == []  # words, and a longer one


@pytest.mark.parametrize("path", ["solutions/x.py", "mutants/x.py", "checks/variants/a.py", "hidden.toml", "hidden/a"])
def test_places_of_instructors(leaks, path):
    assert "is for instructors alone" in leaks(path, "x = 1")[0].what


@pytest.mark.parametrize("path", ["a.zip", "a.tar.gz", "checks/__pycache__/a.pyc", "a.whl"])
def test_what_can_not_be_looked_through(leaks, path):
    assert "can't be looked through" in leaks(path, base64.b64encode(b"x"))[0].what


@pytest.mark.parametrize("written", ["918273", "SEED = 918_273", "x,918273,y"])
def test_the_seed(leaks, written):
    kept = Secrets((), (), frozenset(), {"solutions/x/hidden.toml": 918_273}, {})
    (leak,) = leaks("blueprint.py", written, secrets=kept)
    assert leak.what == "the seed of hidden data, from solutions/x/hidden.toml"
    assert leaks("blueprint.py", "19182734", secrets=kept) == []


def test_hidden_data(leaks):
    rows = [f"text number {n},label".encode() for n in range(100)]
    kept = Secrets((), (), frozenset(), {}, {"solutions/x/hidden/test.csv": frozenset(rows)})
    (leak,) = leaks("data/train.csv", b"\r\n".join(rows[:60]), secrets=kept)
    assert str(leak) == "text-cnn/data/train.csv: 60% of the hidden data of solutions/x/hidden/test.csv"
    assert leaks("data/train.csv", b"\n".join(rows[:3]), secrets=kept) == []  # a text may well occur twice


def test_a_release_with_a_leak_is_refused_with_file_and_line(course, tmp_path):
    with (course.assignment / "README.md").open("a") as readme:
        readme.write("\nMy seed is 918273.\n")
    with pytest.raises(
        AssignmentError,
        match=r"secrets; nothing was written:\s+course/assignments/text-cnn/README\.md:\d+: the seed of",
    ):
        building.build(load(course.assignment), course.solution)


def test_the_frameworks_own_files_are_public_as_long_as_they_are_what_they_are(secrets):
    public = {"course/autograder/x.py": File(f"{LINE}\n".encode())}
    assert find_leaks(zipped(public), ONE, public) == []
    changed = {"course/autograder/x.py": File(f"{LINE}\n\n".encode())}
    assert len(find_leaks(zipped(changed), ONE, public)) == 1


def test_another_assignments_solution_is_as_secret(course):
    other = course.top / "solutions" / "another"
    other.mkdir()
    (other / "keras_another.py").write_text(f"### BEGIN SOLUTION\n{LINE}\n### END SOLUTION\n")
    course.change("blueprint.py", "def text_cnn", f"# {LINE}\n\n\ndef text_cnn")
    with pytest.raises(
        AssignmentError, match=r"assignments/text-cnn/blueprint\.py:\d+: a line of solutions/another/keras_another.py:2"
    ):
        building.build(load(course.assignment), course.solution)


@pytest.mark.parametrize(("text", "said"), [("seed = 7", "seed = 7 can be guessed"), ("sead = 7", "such as `seed = ")])
def test_a_seed_that_is_none(course, text, said):
    (course.solution / "hidden.toml").write_text(text)
    with pytest.raises(AssignmentError, match=said):
        read_secrets(course.top / "solutions")


def test_a_known_mistake_that_does_not_compile_is_told(course):
    (course.solution / "mutants" / "dropout-stays-on" / "keras.py").write_text("x = 1\ndef f(:\n")
    with pytest.raises(AssignmentError, match=r"keras\.py:2: doesn't compile"):
        read_secrets(course.top / "solutions")


def test_a_solution_that_is_never_closed_is_secret_to_its_end(course):
    master = course.solution / "keras_text_cnn.py"
    master.write_text(f"x = 1\n### BEGIN SOLUTION\n{LINE}\n")
    found = [piece for piece in read_secrets(course.top / "solutions").pieces if "keras_text_cnn.py" in piece.place]
    assert [LINE in piece.text for piece in found] == [True]
