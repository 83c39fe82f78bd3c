"""A dataset by the name of its source."""

import pytest

from autograder.datasets import builtin, load_dataset
from autograder.errors import AssignmentError


def load(source, path=None, train=None, test=None, seed=0):
    return load_dataset(source, path=path, train=train, test=test, seed=seed)


@pytest.fixture
def table(tmp_path):
    rows = "".join(f"text {i},{'ab'[i % 2]}\n" for i in range(100))
    path = tmp_path / "all.csv"
    path.write_text(f"text,label\n{rows}")
    return path


def test_built_in_reviews_come_in_the_size_that_is_asked_for():
    data = load("builtin", train=20, test=10, seed=5)
    assert data.train.texts == builtin(train=20, test=10, seed=5).train.texts


def test_built_in_reviews_have_a_usual_size():
    data = load("builtin")
    assert (len(data.train), len(data.test)) == (4000, 1000)


def test_every_source_can_be_loaded(tmp_path, table):
    for part in ("train", "test"):
        for name in ("a", "b"):
            (tmp_path / part / name).mkdir(parents=True)
            (tmp_path / part / name / "1.txt").write_text("x")
    (tmp_path / "train_5500.label").write_text("A:x one\nB:y two\n")
    (tmp_path / "TREC_10.label").write_text("A:x one\n")
    assert load("csv", table).classes == ("a", "b")
    assert load("folders", tmp_path).classes == ("a", "b")
    assert load("trec", tmp_path).classes == ("A", "B")


def test_fewer_texts_are_a_choice_that_the_seed_decides(table):
    data = load("csv", table, train=30, test=7, seed=1)
    assert (len(data.train), len(data.test)) == (30, 7)
    assert data.train.texts == load("csv", table, train=30, seed=1).train.texts
    assert set(data.train.texts) < set(load("csv", table, seed=1).train.texts)
    assert data.train.texts[:10] != load("csv", table, seed=1).train.texts[:10]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "bultin"}, "data source 'bultin' is unknown; did you mean 'builtin'?"),
        ({"source": "imdb"}, "data source 'imdb' is unknown; choose from builtin, trec, csv, folders"),
        ({"source": "csv"}, "data source 'csv' needs a path"),
        ({"source": "builtin", "train": 0}, "train = 0; at least one"),
        ({"source": "builtin", "test": -1}, "test = -1; at least one"),
    ],
)
def test_nonsense_is_refused(arguments, message):
    with pytest.raises(AssignmentError) as caught:
        load(**arguments)
    assert message in str(caught.value)


def test_a_path_that_is_missing_or_has_no_use_is_refused(tmp_path, table):
    with pytest.raises(AssignmentError, match="nowhere: no such file or folder; data source 'trec' reads it"):
        load("trec", tmp_path / "nowhere")
    with pytest.raises(AssignmentError, match="'builtin' reads no files; remove the path"):
        load("builtin", table)


def test_more_texts_than_there_are_is_refused(table):
    with pytest.raises(AssignmentError, match="train = 81, but there are 80 texts; lower it"):
        load("csv", table, train=81)
