"""A dataset that is wrong in itself is refused."""

import numpy as np
import pytest

from autograder.datasets import Dataset, Split
from autograder.errors import AssignmentError


def split(*labels):
    return Split(tuple(f"text {i}" for i in range(len(labels))), np.array(labels, dtype=np.int64))


def test_a_split_takes_part_of_itself_in_a_given_order():
    part = split(0, 1, 1).take(np.array([2, 0]))
    assert part.texts == ("text 2", "text 0")
    assert part.labels.tolist() == [1, 0]
    assert len(part) == 2


def test_a_label_is_needed_for_each_text():
    with pytest.raises(AssignmentError, match=r"2 texts have labels of shape \(1,\)"):
        Split(("a", "b"), np.zeros(1, dtype=np.int64))


@pytest.mark.parametrize("wrong", [-1, 2])
def test_a_label_names_a_class(wrong):
    with pytest.raises(AssignmentError, match=f"things, test: label {wrong} names none of the 2 classes; use 0 to 1"):
        Dataset("things", ("a", "b"), split(0, 1), split(wrong))


def test_each_class_has_texts_to_train_on():
    with pytest.raises(AssignmentError, match="no text to train on in class b, c"):
        Dataset("things", ("a", "b", "c"), split(0), split(0, 1, 2))
