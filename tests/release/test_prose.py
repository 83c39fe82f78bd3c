"""A handout that talks of another model than the blueprint's is pointed out, line by line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder.assignment import load
from autograder.blueprint import (
    GRU,
    LSTM,
    BatchNorm,
    Bidirectional,
    Blueprint,
    Chain,
    Conv1D,
    Dense,
    Embedding,
    GlobalMaxPool1D,
    LayerNorm,
)
from autograder.errors import AssignmentError
from autograder.proving.premises import wrong_as_handed_out
from autograder.release.build import build
from autograder.release.prose import KINDS, had, of_other_models

ROOT = Path(__file__).parents[2]
NAMES = ("text-cnn", "text-lstm", "warmup-convnet")


@pytest.fixture
def lstm(tmp_path):
    """A copy of text-lstm, with its solution."""
    for folder in ("assignments", "solutions"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "assignments" / "text-lstm"


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_our_own_talk_of_their_models(name):
    assert of_other_models(load(ROOT / "assignments" / name)) == []


def test_a_blueprint_that_was_exchanged_makes_the_words_about_the_old_one_wrong(lstm):
    edit(lstm / "blueprint.py", "LSTM(", "GRU(")
    edit(lstm / "blueprint.py", "import LSTM", "import GRU")
    found = of_other_models(load(lstm))
    assert [message.partition(": ")[2].partition(" in ")[0] for message in found] == [
        "talks of another model: LSTM"
    ] * 3
    assert [Path(message.partition(":")[0]).name for message in found] == [
        *("README.md", "keras_text_lstm.py", "torch_text_lstm.py"),
    ]
    lines = (lstm / "README.md").read_text(encoding="utf-8").split("\n")
    first = next(number for number, line in enumerate(lines) if "An LSTM reads" in line)
    assert f"README.md:{first + 1}: " in found[0]
    assert " more, and the blueprint has none" in found[0]


def test_verify_and_release_refuse_it(lstm):
    edit(lstm / "README.md", "## Curious?", "## Curious about batch normalization?")
    solution = lstm.parents[1] / "solutions" / "text-lstm"
    assert any("batch normalization" in said for said in wrong_as_handed_out(load(lstm), solution))
    with pytest.raises(AssignmentError, match="talks of another model: batch normalization in line"):
        build(load(lstm), solution)


def test_a_comparison_is_allowed_where_it_is_said(lstm):
    edit(
        lstm / "README.md", "## Curious?", "## Curious about batch normalization?\n\n<!-- also: batch normalization -->"
    )
    assert of_other_models(load(lstm)) == []


def test_what_is_allowed_has_to_be_a_kind(lstm):
    edit(lstm / "README.md", "also: GRU", "also: GRUU")
    with pytest.raises(AssignmentError, match=r"README\.md:\d+: no kind of layer: 'GRUU'; did you mean 'GRU'\?"):
        of_other_models(load(lstm))


@pytest.mark.parametrize(
    ("kind", "layers"),
    [
        ("LSTM", (Bidirectional(LSTM("rnn", 4)),)),
        ("GRU", (GRU("rnn", 4),)),
        ("convolution", (Conv1D("conv", 4, 3), GlobalMaxPool1D())),
        ("batch normalization", (BatchNorm("norm", 1e-3), GlobalMaxPool1D())),
        ("layer normalization", (LayerNorm("norm", 1e-3), GlobalMaxPool1D())),
    ],
)
def test_layers_say_of_which_kind_they_are(kind, layers):
    assert had(Blueprint(Chain(Embedding("embedding", 20, 5), *layers, Dense("output", 2)))) == {kind}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("LSTM", "nn.LSTM, a BiLSTM"),
        ("GRU", "GRUs"),
        ("convolution", "nn.Conv1d"),
        ("batch normalization", "BatchNorm1d"),
    ],
)
def test_classes_of_frameworks_are_named_too(kind, words):
    assert KINDS[kind].search(words)


def test_names_of_files_and_classes_are_no_mention():
    assert not KINDS["LSTM"].search("text-lstm, keras_text_lstm.py")
