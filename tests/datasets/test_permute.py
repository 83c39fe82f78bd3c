"""Token ids and class ids under new names."""

import numpy as np
import pytest

from autograder.datasets import Permutation
from autograder.errors import InternalError


@pytest.fixture
def permutation():
    return Permutation.draw(np.random.default_rng(3), vocab_size=50, num_classes=6)


def test_padding_and_unknown_keep_their_ids_and_the_others_are_permuted(permutation):
    assert permutation.tokens(np.array([0, 1])).tolist() == [0, 1]
    others = permutation.tokens(np.arange(2, 50))
    assert sorted(others.tolist()) == list(range(2, 50))
    assert (others != np.arange(2, 50)).sum() > 40


def test_ids_keep_their_shape_and_type(permutation):
    ids = permutation.tokens(np.zeros((4, 7), dtype=np.int64))
    assert ids.shape == (4, 7)
    assert ids.dtype == np.int64
    assert permutation.tokens(np.zeros((0, 7), dtype=np.int64)).shape == (0, 7)


def test_undoing_the_classes_gives_the_labels_back(permutation):
    labels = np.arange(6)
    assert permutation.classes(labels).tolist() != labels.tolist()
    assert permutation.undo_classes(permutation.classes(labels)).tolist() == labels.tolist()


def test_undoing_the_logits_puts_each_column_back(permutation):
    labels = np.array([4, 0, 5])
    logits = np.eye(6)[permutation.classes(labels)]  # a model that is always right, about the new ids
    assert permutation.undo_logits(logits).argmax(axis=1).tolist() == labels.tolist()


def test_every_draw_differs_and_a_seed_repeats_it():
    def draw(seed):
        return Permutation.draw(np.random.default_rng(seed), 50, 6).token_ids.tolist()

    assert draw(0) == draw(0)
    assert draw(0) != draw(1)


def test_both_orders_of_two_classes_come_up():
    rng = np.random.default_rng(0)
    first = [Permutation.draw(rng, 4, 2).class_ids[0] for _ in range(200)]
    assert 60 < sum(first) < 140


@pytest.mark.parametrize("vocab_size", [0, 1, 2, 3])
def test_tiny_vocabularies_have_nothing_to_permute(vocab_size):
    drawn = Permutation.draw(np.random.default_rng(0), vocab_size, 2)
    assert drawn.token_ids.tolist() == list(range(vocab_size))


@pytest.mark.parametrize("wrong", [-1, 50])
def test_an_id_outside_the_vocabulary_is_refused(permutation, wrong):
    with pytest.raises(InternalError, match="0 to 49"):
        permutation.tokens(np.array([3, wrong]))
    with pytest.raises(InternalError, match="0 to 5"):
        permutation.undo_classes(np.array([6]))
