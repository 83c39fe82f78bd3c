"""The text contract, word for word."""

import string

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograder.datasets import build_vocabulary, encode, words

TEXTS = st.lists(st.text(alphabet="abAB É'’-.\t\n", max_size=20), max_size=8)


def test_words_are_lower_case_without_punctuation_and_split_at_any_white_space():
    assert words("Don't panic, said\tthe  WELL-made\nCafé …") == [
        "dont",
        "panic",
        "said",
        "the",
        "wellmade",
        "café",
        "…",
    ]


def test_every_character_of_string_punctuation_is_deleted_and_no_other():
    assert words(f"a{string.punctuation}b") == ["ab"]
    assert words("“isn’t”") == ["“isn’t”"]


def test_lower_casing_is_pythons():
    assert words("CAFÉ ΣΟΦΟΣ") == ["café", "σοφος"[:-1] + "ς"]


def test_a_vocabulary_begins_with_padding_and_unknown_and_breaks_ties_alphabetically():
    assert build_vocabulary(["b a c", "c, d!"], 100) == ["", "[UNK]", "c", "a", "b", "d"]


def test_max_tokens_counts_all_entries():
    assert build_vocabulary(["b a c c"], 4) == ["", "[UNK]", "c", "a"]
    assert build_vocabulary(["b a c c"], 1) == [""]


def test_texts_without_words_make_a_vocabulary_of_two():
    assert build_vocabulary(["", "?!"], 10) == ["", "[UNK]"]


def test_encoding_pads_and_cuts_on_the_right_and_marks_unknown_words():
    ids = encode(["a b", "", "x a b a", "b"], ["", "[UNK]", "a", "b"], 3)
    assert ids.dtype == np.int64
    assert ids.tolist() == [[2, 3, 0], [0, 0, 0], [1, 2, 3], [3, 0, 0]]


def test_encoding_no_texts_gives_no_rows():
    assert encode([], ["", "[UNK]"], 3).shape == (0, 3)


@given(TEXTS, st.integers(2, 6), st.integers(1, 6))
def test_ids_say_where_the_words_stand_in_the_vocabulary(texts, max_tokens, length):
    vocabulary = build_vocabulary(texts, max_tokens)
    assert len(vocabulary) <= max_tokens
    for text, ids in zip(texts, encode(texts, vocabulary, length), strict=True):
        wanted = [word if word in vocabulary else "[UNK]" for word in words(text)][:length]
        assert [vocabulary[i] for i in ids] == wanted + [""] * (length - len(wanted))
