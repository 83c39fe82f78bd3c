"""Examples that ``fit`` never learns from: some of the texts, or all of one class. Told while nothing is learned."""

from __future__ import annotations

import numpy as np

from autograder.blueprint import LogSoftmax, cross_entropy
from autograder.checking.trial import NO_LEARNING, TEXTS, Trial
from autograder.errors import Finding, SubmissionError
from autograder.student.model import Floats

SAME = 1e-5  # relative: a text's label that counts changes a loss by a hundred times that
RIGHT = 2e-4  # relative, as reported losses are compared


def left_out(b: Trial, wanted: float) -> Finding | None:
    """What to say of wrong losses in which some examples don't count; None where that isn't the reason.

    Args:
        b: The trial.
        wanted: The mean cross-entropy of its texts.
    """
    return _class_ignored(b) or _texts_unused(b, wanted)


def _texts_unused(b: Trial, wanted: float) -> Finding | None:
    """Texts whose label changes no loss, all texts in one batch, so that none is left over by the batches' size."""
    logits = b.logits()
    plain = _losses(b, b.labels)
    if plain is None or np.ptp(plain) > SAME * wanted or np.allclose(plain, wanted, rtol=RIGHT):
        return None  # what varies isn't the same texts in each epoch
    unused = [i for i in range(TEXTS) if _same(_losses(b, _relabelled(b, logits, i)), plain)]
    if not unused or len(unused) == TEXTS:
        return None
    last = unused == list(range(TEXTS - len(unused), TEXTS))
    return Finding(
        f"fit never trains on {len(unused)} of {TEXTS} texts.",
        expected="all texts in each epoch",
        found=f"losses in which {'the last' if last else 'some'} {len(unused)} count in no epoch",
        advice="Train on all of them: leave out validation_split and the like. Whoever calls fit keeps texts back "
        "beforehand, if they want to.",
        misconception="texts-never-trained-on",
    )


def _relabelled(b: Trial, logits: Floats, text: int) -> np.ndarray:
    """The labels, but for one text: it gets the class that changes its loss most."""
    by_class = -LogSoftmax().apply(logits[text])
    labels = b.labels.copy()
    labels[text] = int(np.abs(by_class - by_class[labels[text]]).argmax())
    return labels


def _losses(b: Trial, labels: np.ndarray) -> Floats | None:
    """Losses of all texts in one batch; None where fit returns none that are numbers."""
    try:
        return b.fit(b.token_ids, labels, epochs=2, batch_size=TEXTS, learning_rate=NO_LEARNING)[0]
    except SubmissionError:
        return None


def _same(one: Floats | None, other: Floats) -> bool:
    return one is not None and np.allclose(one, other, rtol=SAME)


def _class_ignored(b: Trial) -> Finding | None:
    """One class whose texts have no loss at all, where the loss of every other class is right."""
    logits, classes = b.logits(), b.model.sizes["num_classes"]
    missing = []
    for label in range(classes):
        labels = np.full(len(b.labels), label)
        found = _losses(b, labels)
        if found is None or np.allclose(found, 0, atol=SAME):
            missing.append(label)
        elif not np.allclose(found, cross_entropy(logits, labels), rtol=RIGHT):
            return None
    if len(missing) != 1:
        return None
    return Finding(
        f"fit ignores all texts of class {missing[0]}.",
        expected="a loss for each text, whatever its class",
        found="no loss that is a number where all texts are of that class, or 0; the right one for each other class",
        advice="Leave out ignore_index (in Keras ignore_class): 0 is a class here, and no padding.",
        misconception="class-ignored",
    )
