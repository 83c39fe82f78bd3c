"""The rows of an embedding, one by one: does each word's get a gradient?"""

from __future__ import annotations

import numpy as np

from autograder.blueprint import Weights, directional_derivative
from autograder.checking.identify import Identity
from autograder.datasets.text import FIRST_WORD
from autograder.errors import Finding
from autograder.student.model import Ids, Inputs, Model

_FELT = 1e-6  # of the loss, along a random direction of length 1 in a row


def with_each_word(rng: np.random.Generator, token_ids: Inputs, model: Model) -> Inputs:
    """The same texts, with each word of the vocabulary in one of them, as far as there is room; images as they are."""
    if token_ids.ndim != 2 or "vocab_size" not in model.sizes:
        return token_ids
    token_ids = token_ids.copy()
    places = rng.permutation(np.flatnonzero(token_ids))
    words = np.arange(FIRST_WORD, model.sizes["vocab_size"])[::-1][: len(places)]  # the last ones, if there is no room
    token_ids.flat[places[: len(words)]] = words
    return token_ids


def row_that_never_learns(
    identity: Identity, weights: Weights, slopes: Weights, texts: tuple[Inputs, Ids], rng: np.random.Generator
) -> Finding | None:
    """The finding for a word whose row gets no gradient although the loss depends on it.

    Args:
        identity: What the model is.
        weights: What it was asked with.
        slopes: Its gradients, by parameter.
        texts: Token ids, int64 [n, t], and labels.
        rng: Draws the directions.
    """
    for parameter in identity.blueprint.parameters(identity.match.framework):
        if parameter.axis_names[:1] != ("words",):
            continue
        slope = slopes[parameter.name]
        for word in np.unique(texts[0]):
            if word < FIRST_WORD or slope[word].any():
                continue
            direction = np.zeros_like(slope)
            direction[word] = rng.standard_normal(slope[word].shape)
            if abs(directional_derivative(identity.blueprint, weights, *texts, {parameter.name: direction})) > _FELT:
                return _never(parameter.layer, int(word), len(slope))
    return None


def _never(layer: str, word: int, rows: int) -> Finding:
    return Finding(
        f"No gradient reaches row {word} of the {layer}, the vector of a word: training can never change it.",
        expected="a gradient for the row of each word in the texts",
        found=f"none for row {word} of {rows}" + (", the last one" if word == rows - 1 else ""),
        advice="Look for padding_idx: the row that it names is never trained. Only id 0 is padding.",
        misconception="padding-idx-on-a-word",
    )
