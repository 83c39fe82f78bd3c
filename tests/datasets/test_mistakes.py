"""Each known misreading shows on the tricky texts and is named; the right answer is never called a mistake."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.datasets import (
    ENCODING_MISTAKES,
    TRICKY_LENGTH,
    TRICKY_MAX_TOKENS,
    VOCABULARY_MISTAKES,
    Encoded,
    Listed,
    build_vocabulary,
    encode,
    explain_encoding,
    explain_vocabulary,
    tricky_texts,
    words,
    words_of_all_readings,
)
from autograder.datasets.readings import Reading

TEXTS = st.lists(st.text(alphabet="abAB É'’_-.\t\n", max_size=20), max_size=8)


def by_key(mistake):
    return mistake.key


@pytest.fixture(params=range(5))
def texts(request):
    return tricky_texts(np.random.default_rng(request.param))


@pytest.fixture
def vocabulary(texts):
    return build_vocabulary(texts, TRICKY_MAX_TOKENS)


@given(TEXTS, st.integers(1, 6), st.integers(1, 6))
def test_without_a_wrong_step_a_reading_is_the_contract(texts, max_tokens, length):
    assert [Reading().words(t) for t in texts] == [words(t) for t in texts]
    vocabulary = build_vocabulary(texts, max_tokens)
    assert Reading().build_vocabulary(texts, max_tokens) == vocabulary
    assert np.array_equal(Reading().encode(texts, vocabulary, length), encode(texts, vocabulary, length))


@pytest.mark.parametrize("mistake", VOCABULARY_MISTAKES, ids=by_key)
def test_each_mistake_in_a_vocabulary_is_named(mistake, texts):
    seen = [Listed(texts, most, mistake.build_vocabulary(texts, most)) for most in (TRICKY_MAX_TOKENS, 1000)]
    assert not seen[0].is_right or not seen[1].is_right
    assert explain_vocabulary(*seen) is mistake


@pytest.mark.parametrize("mistake", ENCODING_MISTAKES, ids=by_key)
def test_each_mistake_in_an_encoding_is_named(mistake, texts):
    seen = everything_seen(mistake, texts)
    assert not seen[0].is_right or not seen[1].is_right  # with a vocabulary of the contract's, as the check asks first
    assert explain_encoding(*seen) is mistake


def test_right_answers_are_not_mistakes(texts, vocabulary):
    assert explain_vocabulary(Listed(texts, TRICKY_MAX_TOKENS, vocabulary)) is None
    ids = encode(texts, vocabulary, TRICKY_LENGTH)
    assert explain_encoding(Encoded(texts, vocabulary, TRICKY_LENGTH, ids)) is None


def test_right_answers_are_not_mistakes_where_wrong_readings_agree_with_them():
    texts = ["a a b"]
    assert explain_vocabulary(Listed(texts, 9, build_vocabulary(texts, 9))) is None
    assert explain_encoding(Encoded(texts, ["", "[UNK]", "a", "b"], 3, np.array([[2, 2, 3]]))) is None


def test_what_no_mistake_explains_is_not_explained(texts, vocabulary):
    assert explain_vocabulary(Listed(texts, TRICKY_MAX_TOKENS, [*vocabulary[:-1], "surprise"])) is None
    ids = encode(texts, vocabulary, TRICKY_LENGTH)
    ids[0, 0] += 77
    assert explain_encoding(Encoded(texts, vocabulary, TRICKY_LENGTH, ids)) is None
    assert explain_encoding(Encoded(texts, vocabulary, TRICKY_LENGTH, ids[:, :3])) is None


def test_entries_of_numpys_string_type_are_strings_too(texts):
    found = np.array(VOCABULARY_MISTAKES[0].build_vocabulary(texts, TRICKY_MAX_TOKENS))
    assert explain_vocabulary(Listed(texts, TRICKY_MAX_TOKENS, found)) is VOCABULARY_MISTAKES[0]


def legacy_tokenizer(texts):
    """What Keras' legacy Tokenizer does by default."""
    counts = {}
    for text in texts:
        for character in '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n':
            text = text.replace(character, " ")  # noqa: PLW2901 - shorter than a second name
        for word in text.lower().split():
            counts[word] = counts.get(word, 0) + 1
    return ["", "[UNK]", *sorted(counts, key=counts.get, reverse=True)][:TRICKY_MAX_TOKENS]


def test_the_legacy_tokenizer_is_recognised_by_its_two_differences(texts):
    assert (
        explain_vocabulary(Listed(texts, TRICKY_MAX_TOKENS, legacy_tokenizer(texts))).key == "tie-order+legacy-filters"
    )


@pytest.mark.parametrize(("first", "second"), [("tie-reversed", "ascii-lowercase"), ("no-unk-slot", "no-lowercase")])
def test_a_pair_of_vocabulary_mistakes_is_named(texts, first, second):
    pair = [m for m in VOCABULARY_MISTAKES if m.key in {first, second}]
    both = Reading(**pair[0].steps, **pair[1].steps).build_vocabulary(texts, TRICKY_MAX_TOKENS)
    explained = explain_vocabulary(Listed(texts, TRICKY_MAX_TOKENS, both))
    assert explained.key == f"{first}+{second}"
    assert all(m.says in explained.says for m in pair)


def test_a_pair_of_encoding_mistakes_is_named(texts, vocabulary):
    pair = [m for m in ENCODING_MISTAKES if m.key in {"pad-left", "truncate-left"}]
    both = Reading(**pair[0].steps, **pair[1].steps).encode(texts, vocabulary, TRICKY_LENGTH)
    assert explain_encoding(Encoded(texts, vocabulary, TRICKY_LENGTH, both)).key == "pad-left+truncate-left"


def everything_seen(reading, texts):
    """What a function that reads the contract so gives for several questions."""
    vocabularies = [build_vocabulary(texts, TRICKY_MAX_TOKENS), build_vocabulary(texts, 1000)]
    vocabularies.append(words_of_all_readings(texts))
    return [Encoded(texts, words, TRICKY_LENGTH, reading.encode(texts, words, TRICKY_LENGTH)) for words in vocabularies]


ALL_PAIRS = [pair for pair in combinations(ENCODING_MISTAKES, 2) if not pair[0].steps.keys() & pair[1].steps.keys()]


HIDDEN = {  # of such a pair one makes no difference beside the other
    ("ascii-lowercase", "non-ascii-deleted"): ["ascii-lowercase"],  # the letters that are not lower-cased are deleted
    ("ascii-lowercase", "ascii-words-by-regex"): ["ascii-lowercase"],  # they separate words
    ("words-by-regex", "split-spaces-only"): ["split-spaces-only"],  # all white space has become spaces
    ("ascii-words-by-regex", "split-spaces-only"): ["split-spaces-only"],
}


@pytest.mark.parametrize(("first", "second"), ALL_PAIRS, ids=lambda m: m.key)
def test_of_two_mistakes_no_third_is_made(texts, first, second):
    named = explain_encoding(*everything_seen(first.and_also(second), texts)).key.split("+")
    named += HIDDEN.get((first.key, second.key), [])
    assert sorted(named) == sorted([first.key, second.key])


def test_what_two_explanations_have_in_common_is_said(texts, vocabulary):
    """With a vocabulary that knows neither word, nobody can tell how a student reads an apostrophe."""
    first, second = (
        next(m for m in ENCODING_MISTAKES if m.key == key) for key in ("unknown-dropped", "legacy-filters")
    )
    ids = first.and_also(second).encode(texts, vocabulary, TRICKY_LENGTH)
    assert explain_encoding(Encoded(texts, vocabulary, TRICKY_LENGTH, ids)).key == "unknown-dropped"


@pytest.mark.parametrize("mistakes", [VOCABULARY_MISTAKES, ENCODING_MISTAKES], ids=["vocabulary", "encoding"])
def test_keys_and_sentences_are_unique_and_the_sentences_are_sentences(mistakes):
    for first, second in combinations(mistakes, 2):
        assert first.key != second.key
        assert first.says != second.says
    assert all(m.says[0].isupper() or m.says.startswith(("text.split", "max_tokens")) for m in mistakes)
    assert all(m.says.endswith(".") for m in mistakes)


def test_tricky_texts_differ_from_draw_to_draw_and_repeat_with_the_seed():
    def draw(seed):
        return tricky_texts(np.random.default_rng(seed))

    assert draw(1) == draw(1)
    assert not {w for t in draw(1) for w in words(t)} & {w for t in draw(2) for w in words(t)} - {"café"}
