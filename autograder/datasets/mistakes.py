"""Named misreadings of the text contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.datasets import readings
from autograder.datasets.readings import Reading
from autograder.datasets.text import PADDING, UNKNOWN


@dataclass(frozen=True)
class TextMistake:
    """A misreading of the contract.

    Attributes:
        key: Its name, such as ``tie-order``; two mistakes at once are joined by a plus sign.
        says: One or two sentences for the student: what the code does, and what the contract asks for.
        steps: The steps of :class:`Reading` that it changes.
    """

    key: str
    says: str
    steps: Mapping[str, Callable[..., Any]] = field(repr=False)

    def words(self, one_text: str) -> list[str]:
        return self._reading.words(one_text)

    def build_vocabulary(self, texts: Sequence[str], max_tokens: int) -> list[str]:
        return self._reading.build_vocabulary(texts, max_tokens)

    def encode(self, texts: Sequence[str], vocabulary: Sequence[str], length: int) -> NDArray[np.int64]:
        return self._reading.encode(texts, vocabulary, length)

    @property
    def _reading(self) -> Reading:
        return replace(Reading(), **self.steps)

    def and_also(self, other: TextMistake) -> TextMistake:
        return TextMistake(
            f"{self.key}+{other.key}", f"{self.says} Besides: {other.says}", {**self.steps, **other.steps}
        )


WORD_MISTAKES = (
    TextMistake(
        "no-lowercase",
        "Capital letters are kept, so 'The' and 'the' are two words; lower-case the text first.",
        {"lower": readings.unchanged},
    ),
    TextMistake(
        "ascii-lowercase",
        "Only A to Z are lower-cased, as TextVectorization does: 'CAFÉ' becomes 'cafÉ'. The handout asks for Python's "
        "str.lower, which knows every alphabet.",
        {"lower": readings.ascii_lower},
    ),
    TextMistake(
        "punctuation-kept",
        "Punctuation is kept, so 'film,' and 'film' are two words; delete every character of string.punctuation.",
        {"punctuation": readings.unchanged},
    ),
    TextMistake(
        "apostrophe-kept",
        "Apostrophes are kept; they belong to string.punctuation, so \"don't\" becomes 'dont'.",
        {"punctuation": readings.punctuation_but_apostrophes},
    ),
    TextMistake(
        "legacy-filters",
        "Punctuation is replaced by a space, but apostrophes are kept: the legacy Tokenizer's default filters do that. "
        "Delete every character of string.punctuation: \"don't\" becomes 'dont', 'well-made' becomes 'wellmade'.",
        {"punctuation": readings.legacy_filters},
    ),
    TextMistake(
        "punctuation-to-space",
        "Punctuation is replaced by a space, so \"don't\" falls into 'don' and 't'; delete it instead: 'dont'.",
        {"punctuation": readings.punctuation_to_space},
    ),
    TextMistake(
        "punctuation-at-ends",
        'Punctuation is stripped from both ends of a word but kept inside it; delete it everywhere: "don\'t" becomes '
        "'dont', 'well-made' becomes 'wellmade'.",
        {"punctuation": readings.punctuation_at_ends},
    ),
    TextMistake(
        "non-word-deleted",
        r"Everything that the regular expression \w doesn't match is deleted, so curly quotes go and underscores stay; "
        "delete the characters of string.punctuation, no more and no fewer.",
        {"punctuation": readings.non_word_characters},
    ),
    TextMistake(
        "non-ascii-deleted",
        "Accented letters and curly quotes are deleted, so 'café' becomes 'caf'; delete the characters of "
        "string.punctuation, no more and no fewer.",
        {"punctuation": readings.non_ascii_letters},
    ),
    TextMistake(
        "typographic-deleted",
        "Curly quotes and dashes are deleted as well; they don't belong to string.punctuation, so '“film”' keeps "
        "its quotes: delete the characters of string.punctuation, no more and no fewer.",
        {"punctuation": readings.typographic_quotes_and_dashes},
    ),
    TextMistake(
        "unicode-punctuation",
        "All punctuation of Unicode (category P) is deleted, curly quotes and dashes too; delete the characters of "
        "string.punctuation, no more and no fewer.",
        {"punctuation": readings.unicode_punctuation},
    ),
    TextMistake(
        "unicode-punctuation-alone",
        "What Unicode calls punctuation (category P) is deleted: curly quotes go, while $+<=>^`|~ stay, which Unicode "
        "calls symbols. Delete the characters of string.punctuation, no more and no fewer.",
        {"punctuation": readings.unicode_punctuation_alone},
    ),
    TextMistake(
        "unicode-symbols-deleted",
        "All punctuation and all symbols of Unicode (categories P and S) are deleted, such as '€'; delete the "
        "characters of string.punctuation, no more and no fewer.",
        {"punctuation": readings.unicode_punctuation_and_symbols},
    ),
    TextMistake(
        "unicode-punctuation-to-space",
        "All punctuation of Unicode is replaced by a space, so \"don't\" becomes 'don' and 't', and curly quotes go; "
        "delete the characters of string.punctuation, no more and no fewer.",
        {"punctuation": readings.unicode_punctuation_to_space},
    ),
    TextMistake(
        "digits-deleted",
        "Digits are deleted as well, so '10' is no word; delete the characters of string.punctuation alone.",
        {"punctuation": readings.digits_as_well},
    ),
    TextMistake(
        "non-alphanumeric-deleted",
        "Everything that is no letter and no digit is deleted, curly quotes too; delete the characters of "
        "string.punctuation, no more and no fewer.",
        {"punctuation": readings.not_alphanumeric},
    ),
    TextMistake(
        "non-letters-deleted",
        "Everything but letters is deleted, digits and curly quotes too; delete the characters of string.punctuation, "
        "no more and no fewer.",
        {"punctuation": readings.not_alphabetic},
    ),
    TextMistake(
        "words-by-regex",
        "A word is what the regular expression \\w+ finds, so \"don't\" falls into 'don' and 't', and curly quotes go; "
        "delete the characters of string.punctuation, and split at white space.",
        {"punctuation": readings.runs_of_word_characters},
    ),
    TextMistake(
        "ascii-words-by-regex",
        "A word is a run of the letters a to z and digits, so \"don't\" falls into 'don' and 't', and 'café' becomes "
        "'caf'; delete the characters of string.punctuation, and split at white space.",
        {"punctuation": readings.runs_of_ascii_letters_and_digits},
    ),
    TextMistake(
        "split-single-space",
        'text.split(" ") gives an empty word between two spaces and doesn\'t split at tabs or line ends; '
        "text.split() splits at any run of white space.",
        {"split": readings.split_at_each_space},
    ),
    TextMistake(
        "split-spaces-only",
        "Text is split at spaces but not at tabs and line ends; text.split() splits at any run of white space.",
        {"split": readings.split_at_spaces_only},
    ),
)

VOCABULARY_MISTAKES = (
    TextMistake(
        "tie-order",
        "Words of the same frequency stand in the order in which they first appear (Counter.most_common and the legacy "
        "Tokenizer do that); the handout asks for alphabetical order.",
        {"rank": readings.rank_ties_by_appearance},
    ),
    TextMistake(
        "tie-reversed",
        "Words of the same frequency stand in reverse alphabetical order (TextVectorization.adapt and "
        "sorted(..., reverse=True) do that); the handout asks for alphabetical order.",
        {"rank": readings.rank_ties_reversed},
    ),
    TextMistake(
        "max-tokens-excludes-specials",
        "max_tokens words follow the two special entries, so the list is two too long; max_tokens counts all entries.",
        {"assemble": lambda ranked, limit: [PADDING, UNKNOWN, *ranked[:limit]]},
    ),
    TextMistake(
        "max-tokens-ignored",
        "The list holds every word of the texts; it has at most max_tokens entries.",
        {"assemble": lambda ranked, _: [PADDING, UNKNOWN, *ranked]},
    ),
    TextMistake(
        "no-unk-slot",
        "Words begin at entry 1; entry 1 is '[UNK]', the word that stands for all others.",
        {"assemble": lambda ranked, limit: [PADDING, *ranked][:limit]},
    ),
    TextMistake(
        "no-padding-slot",
        "The list begins with '[UNK]'; entry 0 is '' (padding) and entry 1 is '[UNK]'.",
        {"assemble": lambda ranked, limit: [UNKNOWN, *ranked][:limit]},
    ),
    TextMistake(
        "no-special-slots",
        "The list holds words alone; entry 0 is '' (padding) and entry 1 is '[UNK]'.",
        {"assemble": lambda ranked, limit: ranked[:limit]},
    ),
    TextMistake(
        "specials-swapped",
        "The list begins with '[UNK]' and then ''; it is the other way round: entry 0 is '' (padding), 1 is '[UNK]'.",
        {"assemble": lambda ranked, limit: [UNKNOWN, PADDING, *ranked][:limit]},
    ),
    TextMistake(
        "rare-first",
        "The rarest words come first; the most frequent do.",
        {"rank": readings.rank_rare_first},
    ),
    TextMistake(
        "alphabetical",
        "The words stand in alphabetical order, whatever their frequency; the most frequent come first.",
        {"rank": readings.rank_alphabetical},
    ),
    TextMistake(
        "counts-texts",
        "A word counts once for each text that it occurs in; count every occurrence.",
        {"rank": readings.rank_by_texts},
    ),
    *WORD_MISTAKES,
)

ENCODING_MISTAKES = (
    TextMistake(
        "pad-left",
        "Short texts are padded on the left; padding goes on the right.",
        {"pad": lambda ids, length: [0] * (length - len(ids)) + ids},
    ),
    TextMistake(
        "truncate-left",
        "Long texts lose their first words; they are cut on the right and keep the first words.",
        {"cut": lambda ids, length: ids[-length:]},
    ),
    TextMistake(
        "unknown-as-padding",
        "A word outside the vocabulary gets id 0, which is padding; its id is 1, '[UNK]'.",
        {"unknown": lambda _: 0},
    ),
    TextMistake(
        "unknown-dropped",
        "A word outside the vocabulary is left out; it keeps its place and gets id 1, '[UNK]'.",
        {"unknown": lambda _: None},
    ),
    TextMistake(
        "unknown-last",
        "A word outside the vocabulary gets an id beyond the last entry, where the embedding has no row; its id is 1.",
        {"unknown": lambda entries: entries},
    ),
    TextMistake(
        "ids-off-by-one",
        "The id of each known word is one too high; it is the word's place in the vocabulary, counted from 0.",
        {"known": lambda place: place + 1},
    ),
    TextMistake(
        "ids-without-unk",
        "The id of each known word is one too low, as if '[UNK]' had no entry; it is the word's place in the "
        "vocabulary, counted from 0.",
        {"known": lambda place: place - 1},
    ),
    TextMistake(
        "ids-without-specials",
        "The id of each known word is two too low, as if the special entries didn't count; it is the word's place in "
        "the vocabulary, counted from 0.",
        {"known": lambda place: place - 2},
    ),
    TextMistake(
        "padding-unknown-swapped",
        "Padding is 1 and unknown words are 0; it is the other way round.",
        {"unknown": lambda _: 0, "pad": lambda ids, length: ids + [1] * (length - len(ids))},
    ),
    *WORD_MISTAKES,
)
