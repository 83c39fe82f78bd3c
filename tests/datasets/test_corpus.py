"""The built-in reviews: repeatable, varied, balanced, and about the order of their words."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from autograder.datasets import builtin, words
from autograder.datasets.corpus import review
from autograder.datasets.reviews import REVIEW
from autograder.errors import AssignmentError

GOLDEN = (
    (
        "We went there on a rainy Friday. Maria's Kitchen was brilliant back in Dublin with an old colleague.",
        "I did not savour the waiters. We went there on a cold bank holiday.",
        "Completely forgettable and a bit insightful. I read it on the train to Helsinki.",
    ),
    [1, 0, 0],
)
GOLDEN_SHA256 = "5a3eb575b4cedae6"


@pytest.fixture(scope="module")
def reviews():
    return builtin(train=4000, test=1000, seed=0)


@pytest.fixture(scope="module")
def counts(reviews):
    return Counter(word for text in reviews.train.texts for word in words(text))


def test_a_seed_always_gives_the_same_texts():
    """If this fails, thresholds that were calibrated on the reviews have to be calibrated again."""
    data = builtin(train=500, test=100, seed=7)
    assert (data.train.texts[:3], data.train.labels[:3].tolist()) == GOLDEN
    text = "\n".join(data.train.texts + data.test.texts)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == GOLDEN_SHA256


def test_the_test_texts_do_not_depend_on_the_number_to_train_on():
    few, many = builtin(train=50, test=80, seed=3), builtin(train=500, test=80, seed=3)
    assert few.test.texts == many.test.texts
    assert np.array_equal(few.test.labels, many.test.labels)


def test_another_seed_gives_other_texts(reviews):
    other = builtin(train=4000, test=1000, seed=1)
    shared = set(other.test.texts) & set(reviews.train.texts)
    assert len(shared) < 30  # of 1000: short ones


@pytest.mark.parametrize(("train", "test"), [(2, 0), (2, 1), (7, 3), (300, 100)])
def test_any_size_can_be_had_and_half_of_it_is_positive(train, test):
    data = builtin(train=train, test=test, seed=0)
    assert (len(data.train), len(data.test)) == (train, test)
    assert int(data.train.labels.sum()) == train // 2
    assert int(data.test.labels.sum()) == test // 2
    assert data.classes == ("negative", "positive")


def test_both_classes_need_a_text_and_a_seed_is_not_negative():
    with pytest.raises(AssignmentError, match="no text to train on in class positive"):
        builtin(train=1, test=1, seed=0)
    with pytest.raises(AssignmentError, match="seed = -1; use 0 or more"):
        builtin(train=2, test=1, seed=-1)


def test_neighbouring_labels_say_nothing_of_each_other(reviews):
    labels = reviews.train.labels
    assert abs(np.mean(labels[1:] == labels[:-1]) - 0.5) < 0.05


def test_no_two_texts_have_the_same_words(reviews):
    texts = [tuple(words(text)) for text in reviews.train.texts + reviews.test.texts]
    assert len(set(texts)) == len(texts)


def test_texts_have_4_to_30_words_and_vary_in_length(reviews):
    lengths = [len(words(text)) for text in reviews.train.texts]
    assert (min(lengths), max(lengths)) == (4, 30)
    assert np.std(lengths) > 4


def test_the_vocabulary_is_wide_and_its_frequencies_are_skewed(counts):
    assert 1000 < len(counts) < 1500
    ranked = [n for _, n in counts.most_common()]
    assert sum(ranked[:100]) > 0.6 * sum(ranked)
    assert sum(n <= 2 for n in ranked) > 80


def test_the_tokenizer_contract_matters(reviews):
    texts = " ".join(reviews.train.texts)
    for needed in ("n't ", "'s ", ", ", "; ", "! ", "-", "é", "ü"):
        assert needed in texts


def test_texts_read_like_sentences(reviews):
    for text in reviews.train.texts:
        assert re.fullmatch(r"[A-ZÀ-Þ].*[.!]", text), text
        assert not re.search(r"[.!] [a-z]|  | [.,;!]|[{}]", text), text
        assert not re.search(r"\b[Aa] [aeio]|\b[Aa]n ([^aeiouAEIOU]|use)", text), text


@pytest.mark.parametrize("symbol", [t[1] for t in REVIEW["verdict"].templates])
def test_both_classes_of_each_kind_of_review_use_the_same_words_equally_often(symbol):
    """Words that carry no polarity (not, but, although, hardly ...) must not give the class away."""
    rng = np.random.default_rng(0)
    n = 400
    for word in ("not", "but", "although", "hardly", "nobody", "however", "slightly", "could", "and"):
        negative, positive = (sum(word in words(review(label, rng, symbol)) for _ in range(n)) for label in (0, 1))
        assert abs(negative - positive) < 5 * np.sqrt(n / 2), word


def test_order_matters():
    """A bag of words stays far below a TextCNN that was trained on the same reviews."""
    script = Path(__file__).with_name("order_matters.py")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, check=True)
    accuracy = json.loads(done.stdout)
    assert accuracy["text_cnn"] > 0.88
    assert accuracy["text_cnn"] - accuracy["bag_of_words"] > 0.12
