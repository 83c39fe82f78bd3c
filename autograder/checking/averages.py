"""What a reported loss is an average of, told from an epoch in which it can have only a few values.

All texts are the same one, and a third of them has another label. Nothing is learned. The loss then depends on a single
number, how many of the other labels the shuffling put into the smaller, last batch; each way to average has values of
its own for it, and several epochs show which way it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from autograder.blueprint import LogSoftmax
from autograder.checking.trial import BATCH, BATCHES, NO_LEARNING, TEXTS, Trial
from autograder.student.model import Floats

OTHERS = TEXTS // 3  # texts with the other label
FULL = (BATCHES - 1) * BATCH  # texts in full batches
LAST = TEXTS - FULL  # texts in the last batch
EPOCHS = 8
LEAST_DIFFERENCE = 0.1  # between the losses of the two labels; below, nothing can be told
SAME = 5e-4  # relative to that difference: float32 is within 1e-6, and no two ways are closer than 2e-3 in all epochs


@dataclass(frozen=True)
class Average:
    """A way to average; its values are ``texts`` times one label's loss, plus ``others`` times the difference.

    ``varies``: several epochs give several of the values; if they don't, it is another way.
    """

    key: str
    message: str
    advice: str
    texts: float
    others: tuple[float, ...]
    varies: bool = False


_BY_SIZE = "Weight each batch by its size and divide by the number of examples: the last batch may be smaller."
RIGHT = Average("", "", "", 1, (OTHERS / TEXTS,))


def _wrong_ways() -> Iterator[Average]:
    in_last = range(LAST + 1)
    means = [(OTHERS - k) / BATCH + k / LAST for k in in_last]  # the batches' means, added up
    yield Average(
        "mean-of-batch-means",
        "fit returns the mean of the batches' mean losses, in which an example of the smaller last batch counts more.",
        _BY_SIZE,
        1,
        tuple(mean / BATCHES for mean in means),
    )
    yield Average(
        "sum-instead-of-mean-loss", "fit returns the sum of the batches' losses.", _BY_SIZE, BATCHES, tuple(means)
    )
    for divisor in (FULL, TEXTS, BATCHES * BATCH):
        yield Average(
            "last-batch-dropped",
            "fit leaves out the last batch of an epoch, which is smaller than the others.",
            "Keep it: drop_last=False in a DataLoader, drop_remainder=False in tf.data; loops over the batches go up "
            "to the last example.",
            FULL / divisor,
            tuple((OTHERS - k) / divisor for k in in_last),
        )
    yield Average(
        "last-batch-loss",
        "The losses that fit returns are not those of the whole epoch, but of its last batch.",
        "Add up the losses of all batches of the epoch; the last batch's alone depends on the order.",
        1,
        tuple(k / LAST for k in in_last),
    )
    yield Average(
        "drawn-with-replacement",
        "fit draws the texts with replacement: in an epoch some come several times, and some don't come at all.",
        "Go through all examples once in each epoch, in the order of a random permutation.",
        1,
        tuple(k / TEXTS for k in range(TEXTS + 1)),
        varies=True,
    )


WRONG = tuple(_wrong_ways())


def average_of(b: Trial) -> Average | None:
    """How ``fit`` averages; None where no way, or more than one, explains what it returns."""
    by_text = -LogSoftmax().apply(b.logits())
    chosen = int(np.ptp(by_text, axis=1).argmax())  # the text whose classes are furthest apart tells most
    text, by_class = np.repeat(b.token_ids[[chosen]], TEXTS, axis=0), by_text[chosen]
    usual, other = int(by_class.argmin()), int(by_class.argmax())
    difference = float(by_class[other] - by_class[usual])
    if difference < LEAST_DIFFERENCE:
        return None
    labels = np.where(np.arange(TEXTS) % 3 == 0, other, usual)
    losses, _ = b.fit(text, labels, epochs=EPOCHS, learning_rate=NO_LEARNING)
    if _fits(RIGHT, losses, float(by_class[usual]), difference):
        return RIGHT
    ways = [way for way in WRONG if _fits(way, losses, float(by_class[usual]), difference)]
    return ways[0] if len(ways) == 1 else None


def _fits(way: Average, losses: Floats, usual: float, difference: float) -> bool:
    values = way.texts * usual + np.array(way.others) * difference
    apart = np.abs(losses[:, None] - values)
    several = len(set(apart.argmin(axis=1).tolist())) > 1
    return bool((apart.min(axis=1) < SAME * difference).all()) and (several or not way.varies)
