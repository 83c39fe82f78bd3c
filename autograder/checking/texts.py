"""Task "from text to ids": the student's vocabulary and ids against the contract's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from autograder import datasets
from autograder.blueprint import Framework
from autograder.checking.grading import Grading
from autograder.datasets import Encoded, Listed
from autograder.datasets.mistakes import WORD_MISTAKES, TextMistake
from autograder.errors import AssignmentError, Finding, SubmissionError
from autograder.student.advice import no_return
from autograder.student.handle import Module

Seen = TypeVar("Seen")
REAL_TEXTS = 400
NO_WORD = "Not one word of the texts is in it. "
NOBODY_KNOWS = "Does the function that splits a text hand its words back? A function without `return` gives None."


@dataclass(frozen=True)
class TextProbe:
    """Texts to build a vocabulary from, and how many entries and ids to ask for."""

    texts: tuple[str, ...]
    max_tokens: int
    length: int


def probes(grading: Grading, framework: Framework) -> list[TextProbe]:
    """Made-up texts on which each known misreading shows, and real ones."""
    if grading.assignment.text is None:
        raise AssignmentError("assignment.toml has no [text] table")
    tricky = datasets.tricky_texts(grading.rng("texts", framework.value))
    real = grading.dataset.train.texts[:REAL_TEXTS]
    return [
        TextProbe(tricky, datasets.TRICKY_MAX_TOKENS, datasets.TRICKY_LENGTH),
        TextProbe(tricky, 10_000, datasets.TRICKY_LENGTH + 5),
        TextProbe(real, grading.assignment.text.max_tokens // 2, grading.assignment.text.length),
    ]


def vocabulary(grading: Grading, framework: Framework) -> None:
    """Raise SubmissionError unless ``build_vocabulary`` gives the contract's vocabulary."""
    grading.once(("vocabulary", framework), lambda: _vocabulary(grading, framework))


def _vocabulary(grading: Grading, framework: Framework) -> None:
    module = grading.student.module(framework)

    def look(probe: TextProbe) -> Listed:
        return Listed(probe.texts, probe.max_tokens, module.build_vocabulary(probe.texts, probe.max_tokens))

    tried = probes(grading, framework)
    for probe in tried:
        seen = look(probe)
        if not seen.is_right:
            wanted = datasets.build_vocabulary(probe.texts, probe.max_tokens)
            expected, found = _first_difference(wanted, seen.entries)
            mistake = datasets.explain_vocabulary(seen, *_all(look, tried))
            no_word = _no_word(module) if set(seen.entries) <= set(datasets.build_vocabulary([], 2)) else ""
            raise SubmissionError(
                Finding(
                    f"build_vocabulary(texts, max_tokens={probe.max_tokens}) doesn't give the handout's vocabulary.",
                    expected=expected,
                    found=found,
                    advice=no_word or (mistake.says if mistake else ""),
                    misconception=mistake.key if mistake and not no_word else "",
                )
            )


def _no_word(module: Module) -> str:
    silent = no_return(module.without_return[0]) if module.without_return else NOBODY_KNOWS
    return NO_WORD + silent


def encoding(grading: Grading, framework: Framework) -> str:
    """Raise SubmissionError unless ``encode`` gives the contract's ids, with a vocabulary that the grader made.

    Both functions split texts into words, mostly by one helper: what the check of the vocabulary has named and charged
    there costs nothing here, if it is all that is wrong.

    Returns:
        What is wrong and was charged, as a sentence; empty where the ids are right.
    """
    module = grading.student.module(framework)

    def look(probe: TextProbe, words: list[str] | None = None) -> Encoded:
        words = words or datasets.build_vocabulary(probe.texts, probe.max_tokens)
        return Encoded(probe.texts, words, probe.length, module.encode(probe.texts, words, probe.length))

    def look_with_all_words(probe: TextProbe) -> Encoded:
        return look(probe, datasets.words_of_all_readings(probe.texts))

    tried = probes(grading, framework)
    for probe in tried:
        seen = look(probe)
        if not seen.is_right:
            wanted = datasets.encode(probe.texts, seen.vocabulary, probe.length)
            row = int(np.flatnonzero((seen.ids != wanted).any(axis=1))[0])
            mistake = datasets.explain_encoding(seen, *_all(look, tried), *_all(look_with_all_words, tried[:1]))
            if mistake and _charged_already(grading, framework, mistake):
                return f"{mistake.says} That costs points by the check of the vocabulary (1.1), and none here."
            raise SubmissionError(
                Finding(
                    f"encode(texts, vocabulary, length={probe.length}) gives other ids for the text "
                    f"{_shortened(probe.texts[row])!r}.",
                    expected=_ids(wanted[row]),
                    found=_ids(seen.ids[row]),
                    advice=mistake.says if mistake else "",
                    misconception=mistake.key if mistake else "",
                )
            )
    return ""


def _charged_already(grading: Grading, framework: Framework, mistake: TextMistake) -> bool:
    """Whether the check of the vocabulary names all of these mistakes, which are in how words are found."""
    try:
        vocabulary(grading, framework)
    except SubmissionError as error:
        named = set(error.finding.misconception.split("+"))
        return set(mistake.key.split("+")) <= named & {known.key for known in WORD_MISTAKES}
    return False


def _all(look: Callable[[TextProbe], Seen], tried: list[TextProbe]) -> Iterator[Seen]:
    """What can be seen with all probes: where the student's code stops with an error, nothing."""
    for probe in tried:
        with contextlib.suppress(SubmissionError):
            yield look(probe)


def _first_difference(wanted: Sequence[str], found: Sequence[str]) -> tuple[str, str]:
    same = zip(wanted, found, strict=False)
    place = next((i for i, (w, f) in enumerate(same) if w != f), min(len(wanted), len(found)))
    return _entries(wanted, place), _entries(found, place)


def _entries(words: Sequence[str], place: int) -> str:
    shown = ", ".join(repr(word[:40]) for word in words[place : place + 4]) or "nothing more"
    return f"{len(words)} entries; from entry {place} on: {shown}"


def _ids(row: np.ndarray) -> str:
    return "[" + ", ".join(map(str, row[:16].tolist())) + (", ..." if len(row) > 16 else "") + "]"


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."
