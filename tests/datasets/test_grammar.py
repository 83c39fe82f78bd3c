"""Signed symbols, and that the grammar of the reviews has no loose end."""

import numpy as np
import pytest

from autograder.datasets.grammar import expand, polar, weighted, zipf
from autograder.datasets.lexicon import WORDS
from autograder.datasets.reviews import REVIEW
from autograder.datasets.topics import TOPICS
from autograder.errors import InternalError

TOY = {
    "start": weighted({"{adj-} but {adj+}, {inner-}": 1}),
    "inner": weighted({"not {adj-}": 1}),
    "adj": polar(bad="bad", good="good"),
}


def test_a_minus_turns_the_polarity_around_and_nests():
    rng = np.random.default_rng(0)
    assert expand("start", +1, [TOY], rng) == "bad but good, not good"
    assert expand("start", -1, [TOY], rng) == "good but bad, not bad"


def test_earlier_lexicons_come_first():
    rng = np.random.default_rng(0)
    assert expand("adj", +1, [{"adj": zipf("own")}, TOY], rng) == "own"


def test_an_unknown_symbol_is_an_error():
    with pytest.raises(InternalError, match="no symbol 'nowhere'"):
        expand("nowhere", 1, [TOY], np.random.default_rng(0))


def test_the_kth_word_comes_up_in_proportion_to_one_over_k_plus_two():
    rng = np.random.default_rng(0)
    drawn = [expand("w", 1, [{"w": zipf("a, b, c")}], rng) for _ in range(6000)]
    shares = [drawn.count(w) / 6000 for w in "abc"]
    assert shares == pytest.approx(np.array([20, 15, 12]) / 47, abs=0.02)


def polar_symbols(grammar):
    """Symbols that say something else under another sign, directly or through what they are made of."""
    found = {name for name, rule in grammar.items() if isinstance(rule, tuple)}
    while True:
        more = {n for n, rule in grammar.items() if n not in found and any(s in found for s, _ in slots(rule))}
        if not more:
            return found
        found |= more


def slots(rule):
    choices = rule if isinstance(rule, tuple) else (rule,)
    return [slot for choice in choices for t in choice.templates for slot in zip(t[1::3], t[2::3], strict=True)]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic["item"].templates[0][0])
def test_every_slot_names_a_symbol_and_has_a_sign_exactly_where_it_matters(topic):
    grammar = {**WORDS, **REVIEW, **topic}
    signed = polar_symbols(grammar)
    for name, rule in grammar.items():
        for slot, sign in slots(rule):
            assert slot in grammar, f"{name}: {slot}"
            assert bool(sign) == (slot in signed), f"{name}: {slot}"


def test_topics_have_the_same_symbols_and_no_symbol_is_unused():
    assert len({frozenset(topic) - {"dish"} for topic in TOPICS}) == 1
    rules = [rule for part in (WORDS, REVIEW, *TOPICS) for rule in part.values()]
    used = {slot for rule in rules for slot, _ in slots(rule)}
    assert {name for part in (WORDS, REVIEW, *TOPICS) for name in part} - used == {"review"}


def test_both_polarities_have_equally_many_words():
    for part in (WORDS, *TOPICS):
        for name, rule in part.items():
            if isinstance(rule, tuple):
                assert len(rule[0].templates) == len(rule[1].templates), name
                assert not set(rule[0].templates) & set(rule[1].templates), name
