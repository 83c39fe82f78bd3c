"""Task "training", small: what ``fit`` does to the weights besides the steps of Adam. Little of it shows in two steps.

Weights that no text of the batch touches stay exactly as they are by Adam, however large they are; a decay acts on them
in proportion. At a learning rate of next to 0 all others stay, too; a constraint limits them if they are large.
"""

from __future__ import annotations

import numpy as np

from autograder.checking.order import PAIR
from autograder.checking.trial import NO_LEARNING, SHORT_RATE, Trial
from autograder.datasets.text import FIRST_WORD
from autograder.errors import Finding

LARGE = 1000.0  # so that a decay of 1e-4 shows at one step of SHORT_RATE: it is 1e-3, and float32 holds 6e-5 there
ROUNDING = 3e-7  # relative, of float32
SCALE = 10.0  # of all weights, by which limits on norms show; the models can still be computed with them
STEPS = 2


def besides(b: Trial) -> Finding | None:
    """The finding for a decay of weights, or a limit on them; None where there is neither."""
    return _decay(b) or _limit(b)


def _decay(b: Trial) -> Finding | None:
    """Look at rows of words that are in no text, made large: they get no gradient, so Adam leaves them as they are."""
    if len(b.tables) != 1:
        return None
    ((index, axis),) = b.tables.items()
    texts, labels = b.token_ids[:PAIR], b.labels[:PAIR]
    unused = np.setdiff1d(np.arange(FIRST_WORD, b.start[index].shape[axis]), texts)
    if not len(unused):
        return None
    start = [w.astype(np.float32) for w in b.start]
    rows = np.moveaxis(start[index], axis, 0)  # a view
    rows[unused] = LARGE * np.where(rows[unused] < 0, -1, 1)
    before = rows[unused].copy()
    _, weights = b.fit(texts, labels, start=start, epochs=STEPS, learning_rate=SHORT_RATE)
    pulled = (before - np.moveaxis(weights[index], axis, 0)[unused]) / before
    if np.ptp(pulled) > 2 * ROUNDING + 0.1 * np.abs(pulled).max() or not 2 * ROUNDING < pulled.mean() < 1 / LARGE:
        return None  # nothing at all; or no pull that is the same for all
    return Finding(
        "fit pulls the weights towards zero: weight decay, or a penalty on them.",
        expected=f"weights of words that are in no text as they are after {STEPS} steps",
        found=f"each of them {100 * pulled.mean():.2g} % smaller",
        advice="Use Adam with its other settings left alone: no weight_decay, no regularizer, and no AdamW, which "
        "decays weights by itself.",
        misconception="weight-decay",
    )


def _limit(b: Trial) -> Finding | None:
    """Look at large weights where nothing is learned: those that don't stay are held back by something else."""
    start = [np.asarray(SCALE * w, np.float32) for w in b.start]
    _, weights = b.fit(b.token_ids[:PAIR], b.labels[:PAIR], start=start, epochs=1, learning_rate=NO_LEARNING)
    limited = [
        parameter.name
        for parameter, before, after in zip(b.model.parameters, start, weights, strict=True)
        if np.abs(after - before).max() > 1e-3 * np.abs(before).max()
    ]
    if not limited:
        return None
    return Finding(
        f"Something besides the steps of Adam holds {', '.join(limited)} back: large weights don't stay as they are.",
        expected="weights that stay as they are at a learning rate of next to 0",
        found=f"{', '.join(limited)} smaller after a step; at a tenth of the size they stay",
        advice="Leave out constraints on weights, such as kernel_constraint=MaxNorm or max_norm.",
        misconception="weights-constrained",
    )
