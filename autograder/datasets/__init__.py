"""Labelled texts to train and test on, and the way from text to token ids that students implement twice."""

from autograder.datasets.corpus import builtin
from autograder.datasets.dataset import Dataset, Split
from autograder.datasets.explain import (
    Encoded,
    Listed,
    explain_encoding,
    explain_vocabulary,
    words_of_all_readings,
)
from autograder.datasets.load import SOURCES, load_dataset
from autograder.datasets.mistakes import (
    ENCODING_MISTAKES,
    VOCABULARY_MISTAKES,
    TextMistake,
)
from autograder.datasets.permute import Permutation
from autograder.datasets.readers import read_folders, read_trec
from autograder.datasets.tables import read_csv
from autograder.datasets.text import build_vocabulary, encode, words
from autograder.datasets.tricky import TRICKY_LENGTH, TRICKY_MAX_TOKENS, tricky_texts

__all__ = [
    "ENCODING_MISTAKES",
    "SOURCES",
    "TRICKY_LENGTH",
    "TRICKY_MAX_TOKENS",
    "VOCABULARY_MISTAKES",
    "Dataset",
    "Encoded",
    "Listed",
    "Permutation",
    "Split",
    "TextMistake",
    "build_vocabulary",
    "builtin",
    "encode",
    "explain_encoding",
    "explain_vocabulary",
    "load_dataset",
    "read_csv",
    "read_folders",
    "read_trec",
    "tricky_texts",
    "words",
    "words_of_all_readings",
]
