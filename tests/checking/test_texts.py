"""Checks 1.1 and 1.2 on students who misread the contract in every known way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from autograder import datasets
from autograder.blueprint import Framework
from autograder.checking import texts
from autograder.datasets.mistakes import ENCODING_MISTAKES, VOCABULARY_MISTAKES, WORD_MISTAKES
from autograder.errors import SubmissionError


@dataclass
class Says:
    """A student whose two functions are those of ``reading``."""

    reading: Any

    def module(self, framework: Framework) -> Any:
        return self.reading


@dataclass
class EncodesAs:
    """Functions of which ``encode`` is that of ``reading``; the other is the contract's, or that of ``vocabulary``."""

    reading: Any
    vocabulary: Any = datasets

    def build_vocabulary(self, some_texts, max_tokens):
        return self.vocabulary.build_vocabulary(some_texts, max_tokens)

    def encode(self, some_texts, vocabulary, length):
        return self.reading.encode(some_texts, vocabulary, length)


def misconception(judge, grading) -> str:
    with pytest.raises(SubmissionError) as caught:
        judge(grading, Framework.KERAS)
    assert caught.value.finding.advice
    return caught.value.finding.misconception


def test_the_contracts_own_functions_pass(grading_of):
    grading = grading_of(Says(datasets))
    for framework in Framework:
        texts.vocabulary(grading, framework)
        texts.encoding(grading, framework)


@pytest.mark.parametrize("mistake", VOCABULARY_MISTAKES, ids=lambda mistake: mistake.key)
def test_each_misread_vocabulary_is_named(grading_of, mistake):
    assert misconception(texts.vocabulary, grading_of(Says(mistake))) == mistake.key


@pytest.mark.parametrize("mistake", ENCODING_MISTAKES, ids=lambda mistake: mistake.key)
def test_each_misread_encoding_is_named(grading_of, mistake):
    assert misconception(texts.encoding, grading_of(Says(EncodesAs(mistake)))) == mistake.key


@pytest.mark.parametrize("mistake", WORD_MISTAKES, ids=lambda mistake: mistake.key)
def test_a_mistake_in_words_that_the_vocabulary_has_charged_costs_nothing_in_the_ids(grading_of, mistake):
    grading = grading_of(Says(mistake))
    assert misconception(texts.vocabulary, grading) == mistake.key
    assert texts.encoding(grading, Framework.KERAS).startswith(mistake.says)


def test_a_second_mistake_in_the_ids_is_charged(grading_of):
    words, pad = WORD_MISTAKES[0], ENCODING_MISTAKES[0]
    grading = grading_of(Says(EncodesAs(words.and_also(pad), vocabulary=words)))
    assert set(misconception(texts.encoding, grading).split("+")) == {words.key, pad.key}


def test_a_vocabulary_that_nobody_knows_comes_with_the_first_difference(grading_of):
    class Odd:
        def build_vocabulary(self, some_texts, max_tokens):
            right = datasets.build_vocabulary(some_texts, max_tokens)
            return [*right[:3], "zebra" * 20, *right[4:]]

    with pytest.raises(SubmissionError) as caught:
        texts.vocabulary(grading_of(Says(Odd())), Framework.TORCH)
    finding = caught.value.finding
    assert finding.misconception == ""
    assert "from entry 3 on: 'zebra" in finding.found
    assert len(finding.found) < 300
    assert "from entry 3 on: " in finding.expected


def test_a_vocabulary_that_is_too_short_says_so(grading_of):
    class Short:
        without_return = ()

        def build_vocabulary(self, some_texts, max_tokens):
            return []

    with pytest.raises(SubmissionError) as caught:
        texts.vocabulary(grading_of(Says(Short())), Framework.TORCH)
    assert caught.value.finding.found == "0 entries; from entry 0 on: nothing more"


def test_ids_that_nobody_knows_come_with_the_text(grading_of):
    class Odd:
        def encode(self, some_texts, vocabulary, length):
            ids = datasets.encode(some_texts, vocabulary, length)
            ids[5, 2] = 7_777
            return ids

    with pytest.raises(SubmissionError) as caught:
        texts.encoding(grading_of(Says(Odd())), Framework.TORCH)
    assert "7777" in caught.value.finding.found
    assert "7777" not in caught.value.finding.expected
    assert "gives other ids for the text '" in caught.value.finding.message


def test_made_up_texts_are_each_gradings_own(grading_of):
    one, other = (texts.probes(grading_of(Says(datasets), seed), Framework.KERAS)[0].texts for seed in (1, 2))
    assert one != other
    assert np.mean([a == b for a, b in zip(one, other, strict=False)]) < 0.5
