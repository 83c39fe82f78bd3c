"""What the student's model is trained on: the contract's ids under new names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autograder import datasets
from autograder.checking.data import prepare
from autograder.datasets import builtin
from autograder.errors import AssignmentError


@pytest.fixture(scope="module")
def dataset():
    return builtin(train=150, test=40, seed=3)


def test_ids_are_the_contracts_under_other_names(dataset, assignment):
    data = prepare(dataset, assignment, np.random.default_rng(1), hidden=True)
    vocabulary = datasets.build_vocabulary(dataset.train.texts, assignment.text.max_tokens)
    plain = datasets.encode(dataset.train.texts, vocabulary, assignment.text.length)
    assert data.train_ids.shape == plain.shape
    renamed = {}
    for old, new in zip(plain.ravel().tolist(), data.train_ids.ravel().tolist(), strict=True):
        assert renamed.setdefault(old, new) == new
    assert len(set(renamed.values())) == len(renamed)
    assert (renamed[0], renamed.get(1, 1)) == (0, 1)  # padding and [UNK] stay
    assert sum(old != new for old, new in renamed.items()) > 0.9 * len(renamed)
    assert data.vocab_size == len(vocabulary)


def test_classes_are_renamed_alike_in_both_parts(dataset, assignment):
    swapped, parted = set(), replace(dataset, test=dataset.train)
    for seed in range(20):
        data = prepare(parted, assignment, np.random.default_rng(seed), hidden=False)
        label_of = {tuple(text): label for text, label in zip(data.train_ids.tolist(), data.train_labels, strict=True)}
        assert [label_of[tuple(text)] for text in data.test_ids.tolist()] == data.test_labels.tolist()
        swapped.add(np.array_equal(data.train_labels, dataset.train.labels))
    assert swapped == {True, False}
    assert data.num_classes == len(dataset.classes)


def test_the_order_of_the_test_texts_tells_nothing(dataset, assignment):
    """Tables of texts are often in the order of their classes."""
    in_order = replace(dataset, test=dataset.test.take(np.argsort(dataset.test.labels, kind="stable")))
    orders = {tuple(prepare(in_order, assignment, np.random.default_rng(seed), hidden=True).test_labels.tolist())
              for seed in range(6)}  # fmt: skip
    assert len(orders) == 6
    assert not any(order in (tuple(sorted(order)), tuple(sorted(order, reverse=True))) for order in orders)


@pytest.mark.parametrize(("hidden", "word"), [(True, "hidden"), (False, "public")])
def test_the_description(dataset, assignment, hidden, word):
    said = prepare(dataset, assignment, np.random.default_rng(1), hidden=hidden).description
    assert f"150 texts to train on, 40 {word} ones to test on, 2 classes" in said


def test_an_assignment_without_texts_says_so(dataset, assignment):
    with pytest.raises(AssignmentError, match="no \\[text\\] table"):
        prepare(dataset, assignment.model_copy(update={"text": None}), np.random.default_rng(1), hidden=True)
