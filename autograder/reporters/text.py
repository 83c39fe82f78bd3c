"""Foreign text made fit to show: what a student's code printed or raised may hold anything at all."""

from __future__ import annotations

import re

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
_NEWLINE = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Control characters, and those that reorder or hide the text around them.
_HIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_INVALID = re.compile("[\ud800-\udfff\ufffe\uffff]")
_ASCII = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "…": "...", "×": "x", "·": "-", "•": "*"}
    | {"→": "->", "≤": "<=", "≥": ">=", "±": "+-", "≈": "~", "\u00a0": " ", "\u202f": " "}
)


def clean(text: str) -> str:
    """``text`` without terminal sequences, control, bidirectional and zero-width characters, or lone surrogates.

    Newlines and tabs stay; every other line ending becomes a newline.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _NEWLINE.sub("\n", _ANSI.sub("", text))
    return _INVALID.sub("\ufffd", _HIDDEN.sub("", text))


def settled(text: str) -> str:
    """``text`` as a terminal would end up with it: of a progress bar, which overwrites its line, the last state."""
    if "\r" not in text:
        return text
    return "\n".join(_last_state(row) for row in text.split("\n"))


def _last_state(row: str) -> str:
    return next((state for state in reversed(row.split("\r")) if state.strip("\b \t")), "")


def clip(text: str, limit: int) -> str:
    """At most ``limit`` characters of ``text``: its start and its end, with a marker that says how much is missing.

    The end is kept since that is where a traceback says what happened.
    """
    if len(text) <= limit:
        return text
    marker = f"\n[... {len(text) - limit:,} characters left out ...]\n"
    kept = max(limit - len(marker), 0)
    head, tail = kept // 2, kept - kept // 2
    return text[:head] + marker[: limit - kept] + text[len(text) - tail :]


def tidy(text: str, limit: int) -> str:
    """Bounded and clean (in this order, so that megabytes cost nothing; cleaning never lengthens a text)."""
    return clean(clip(text, limit)).strip("\n")


def line(text: str, limit: int = 300) -> str:
    """Clean, bounded, and on one line."""
    return " ".join(tidy(text, limit).split())


def to_ascii(text: str) -> str:
    """``text`` for a terminal that knows only ASCII: typographic characters in plain ones, the rest escaped."""
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")
