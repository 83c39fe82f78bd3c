"""What the TextCNN's handout alone works out and states; test_handouts.py has what all handouts have in common."""

from __future__ import annotations

import ast
import re
import string
from itertools import pairwise

import numpy as np

from autograder.datasets import words

NAME = "text-cnn"


def test_words_by_hand(handout):
    steps = re.search(r'^"Don\'t {2}panic!" .*$', handout.text, re.MULTILINE)[0].split("  ->  ")
    lower, deleted, split = map(ast.literal_eval, steps[1:])
    text = ast.literal_eval(steps[0])
    assert (lower, deleted) == (text.lower(), "".join(c for c in text.lower() if c not in string.punctuation))
    assert split == words(text)


def test_the_filter_by_hand(handout, prose):
    vectors = {"not": (1, 0), "good": (0, 1), "bad": (0, -1), "it": (0, 0), "was": (0, 0)}
    assert "`not` is (1, 0), `good` is (0, 1), `bad` is (0, −1), `it` and `was` are (0, 0)" in prose
    rows = handout.rows("| it was good, not bad |")
    for sentence, column in (("it was good, not bad", 0), ("it was bad, not good", 4)):
        x = np.array([vectors[word] for word in words(sentence)])
        scores = x[:-1, 0] - x[1:, 1] - 1
        pairs = [f"{first} {second}" for first, second in pairwise(words(sentence))]
        stated = [[cell.strip("* ").replace("−", "-") for cell in row[column : column + 3]] for row in rows]
        assert stated[:-1] == [[pair, str(s), str(max(s, 0))] for pair, s in zip(pairs, scores, strict=True)]
        assert stated[-1] == ["maximum over time", "", str(max(scores.max(), 0))]


def test_fit_makes_half_of_the_difference_in_lines(handout, prose):
    rows = [line.strip("| ").split(" | ") for line in handout.generated("lines").splitlines()[2:]]
    lines = {row[0]: [int(cell.strip("*")) for cell in row[1:]] for row in rows}
    (fit,) = (counts for task, counts in lines.items() if "`fit`" in task)
    assert 0.4 < (fit[1] - fit[0]) / (lines["**all**"][1] - lines["**all**"][0]) < 0.6
    assert "Half of the difference is `fit`." in prose
