"""Foreign text is made fit to show: bounded, without anything that steers a terminal or a reader's eye."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.reporters.text import clean, clip, line, settled, tidy, to_ascii

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=300)  # surrogates and control characters too


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("keeps\nlines\tand tabs", "keeps\nlines\tand tabs"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://a.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("bell\x07 back\x08 nul\x00 del\x7f c1\x9b", "bell back nul del c1"),
        ("progress\r100 %\r\ndone", "progress\n100 %\ndone"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("naïve 日本語 🙂", "naïve 日本語 🙂"),
    ],
)
def test_clean(raw, shown):
    assert clean(raw) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\nb\n", "a\nb\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("Epoch 1/2\n\r1/3 ━\b\b\b\b\b\r2/3 ━━\b\b\b\b\b\b\r3/3 ━━━\nEpoch 2/2\n", "Epoch 1/2\n3/3 ━━━\nEpoch 2/2\n"),
        ("\r50 %\r100 %\r", "100 %"),
        ("\r \r\b", ""),
    ],
)
def test_of_a_progress_bar_the_last_state_is_left(raw, shown):
    assert settled(raw) == shown


@given(ANYTHING)
def test_clean_leaves_nothing_that_steers(raw):
    shown = clean(raw)
    shown.encode("utf-8")
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} and c not in "\n\t"]
    assert len(shown) <= len(raw)


@given(ANYTHING, st.integers(0, 400))
def test_tidy_is_bounded(raw, limit):
    assert len(tidy(raw, limit)) <= limit


def test_clip_keeps_both_ends_and_says_what_is_missing():
    clipped = clip("start" + "x" * 1_000_000 + "TypeError: the end", 200)
    assert clipped.startswith("start")
    assert clipped.endswith("TypeError: the end")
    assert "[... 999,823 characters left out ...]" in clipped
    assert len(clipped) == 200


def test_clip_leaves_short_text_alone():
    assert clip("short", 5) == "short"


def test_line_is_one_line():
    assert line("two\r\nlines  and\tmore ") == "two lines and more"


@given(ANYTHING)
def test_to_ascii(raw):
    assert to_ascii(raw).isascii()


def test_to_ascii_keeps_typography_readable():
    assert to_ascii("“a” – b … 3 × 4 ≤ 12 → é") == '"a" - b ... 3 x 4 <= 12 -> \\xe9'
