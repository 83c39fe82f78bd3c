"""Task "the model", second half: what dropout does in training, and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from autograder.blueprint import Blueprint, Dropout, Framework, Layer, Weights
from autograder.checking.dropped import SAME, Seen, Window, drops_logits, what_is_dropped, window
from autograder.checking.grading import Grading
from autograder.checking.identify import Identity, identify
from autograder.checking.misplaced import alike, place_of_dropout, repeated
from autograder.checking.models import build, judged_sizes, must_answer
from autograder.checking.verdicts import NotGradable, RestsOn
from autograder.errors import Finding, SubmissionError
from autograder.student.model import Floats, Inputs, Model

TEXTS = 4  # that tell one place of dropout from another
NO_SPREAD = 1e-9  # variance of logits that are the same but for rounding, which is far below; dropout is far above
RATE, OTHER_RATE = 0.2, 0.8  # far from each other; one is the other's opposite

_USE_THE_MODE = {
    Framework.KERAS: "Call the layer without an argument `training`, or hand on the one that `call` gets: Keras says "
    "by itself whether it trains.",
    Framework.TORCH: "Whether a PyTorch model trains is self.training, which model.train() and model.eval() switch: "
    "nn.Dropout heeds it by itself, nn.functional.dropout by training=self.training.",
}
ON_LOGITS = Finding(
    "Dropout acts on the logits: in training it sets some of them to 0.",
    expected="dropout right in front of the dense layer, whose outputs are handed on as they are",
    found="logits of exactly 0 where the dense layer gives another number",
    advice="Move Dropout from behind the dense layer to right in front of it.",
    misconception="dropout-on-logits",
)
KEEP_RATE = Finding(
    "Dropout drops the share 1 - dropout: it takes the rate for the share to keep.",
    expected=f"{RATE} of the features dropped",
    found=f"about {1 - RATE} of them dropped",
    advice="In both frameworks the argument of Dropout is the share that is dropped.",
    misconception="dropout-rate-is-keep-rate",
)
NOT_SCALED = Finding(
    "Dropout drops features, but doesn't scale up those that stay.",
    expected="the features that stay divided by 1 - dropout, so that their mean is as without dropout",
    found="features that stay as they are",
    advice="Use the framework's Dropout layer, or divide by 1 - dropout while the model trains.",
    misconception="dropout-not-scaled",
)


@dataclass(frozen=True)
class _Trainee:
    """The student's model in training, what it is, and a text for it, int64 [t]."""

    model: Model
    identity: Identity
    text: Inputs

    def scatter(self, text: Inputs, seed: int = 7) -> Floats:
        """Logits in training of one text, repeated; each row has a dropout mask of its own."""
        return self.model.forward(repeated(text), training=True, seed=seed)

    def take(self, weights: Weights) -> None:
        self.model.set_weights(self.identity.match.to_student(weights))
        self.model.set_training(True)


def dropout(grading: Grading, framework: Framework) -> str:
    """Look where zeros fall in the features in front of the output layer, at the rate of the argument ``dropout``.

    Where single features can't be seen, the way that the logits scatter is compared with the oracle's own dropout.

    Raises:
        SubmissionError: Dropout is missing, has another rate, or stands elsewhere.
    """
    rng = grading.rng("dropout", framework.value)
    sizes = {**judged_sizes(grading, framework, 1), "dropout": RATE}
    if grading.blueprint(sizes).has_state:
        raise NotGradable("What a normalization does in training is not recomputed, so dropout can't be told apart.")
    model = build(grading, framework, sizes)
    must_answer(model, grading.inputs(rng, sizes))
    identity = identify(grading, model, "dropout").identity
    if identity is None:
        raise RestsOn("What the model computes is not known, so its dropout can't be judged: mend its outputs first.")
    if identity.blueprint.mixes_examples:
        raise RestsOn("An output depends on the whole batch, and so on the dropout of others: mend the outputs first.")
    weights = identity.blueprint.random_weights(rng, framework)
    texts = grading.inputs(rng, sizes, TEXTS)
    shown = [window(identity.blueprint, weights, text[None]) for text in texts]
    # In some texts no feature differs from zero: those without words, or where an activation lets nothing through. The
    # longest of the others is taken: a short one, alone, has less padding than beside it, and a wrong model heeds that.
    most = max(range(len(texts)), key=lambda i: (shown[i] is not None, np.count_nonzero(texts[i])))
    trainee, given = _Trainee(model, identity, texts[most]), shown[most]
    if given is not None:
        return _by_features(grading, trainee, given, weights, texts)
    return _by_spread(grading, trainee, weights, texts)


def _by_features(grading: Grading, trainee: _Trainee, given: Window, weights: Weights, texts: Inputs) -> str:
    trainee.take(given.weights)
    found = trainee.scatter(trainee.text)
    if np.ptp(found, axis=0).max() <= SAME:
        still = trainee.identity.blueprint.forward(given.weights, trainee.text[None])
        same = np.allclose(found[:1], still, atol=SAME)
        raise SubmissionError(_nothing(trainee.model) if same else _misplaced("the same ones in all texts of a batch"))
    if drops_logits(given, found):
        raise SubmissionError(ON_LOGITS)
    seen = what_is_dropped(given, found)
    if seen is None:
        trainee.take(weights)
        known = place_of_dropout(trainee.identity.blueprint, weights, texts, trainee.scatter, RATE)
        known = known or _hard_coded(grading, trainee, weights, trainee.scatter(trainee.text))
        raise SubmissionError(known or _misplaced("logits that dropping these features alone doesn't give"))
    if not seen.is_dropout(RATE):
        raise SubmissionError(_other_rate(grading, trainee, given, seen))
    share = 100 * float(seen.shares.mean())
    return f"Dropout of {RATE} drops {share:.1f} % of the features in front of the output layer, and scales the others."


def _by_spread(grading: Grading, trainee: _Trainee, weights: Weights, texts: Inputs) -> str:
    trainee.take(weights)
    blueprint, several = trainee.identity.blueprint, [repeated(text) for text in texts]
    found = [trainee.scatter(text) for text in texts]
    if sum(float(f.var(axis=0).sum()) for f in found) < NO_SPREAD:
        raise SubmissionError(_nothing(trainee.model))

    def scatters_as(edit: Callable[[Layer], Layer]) -> bool:
        other, rng = Blueprint(blueprint.model.rewrite(edit), blueprint.inputs, blueprint.ends), grading.rng("masks")
        return all(alike(f, other.forward(weights, text, rng)) for f, text in zip(found, several, strict=True))

    if not scatters_as(lambda layer: layer):
        if scatters_as(lambda layer: Dropout(1 - layer.rate) if isinstance(layer, Dropout) else layer):
            raise SubmissionError(KEEP_RATE)
        known = place_of_dropout(blueprint, weights, texts, trainee.scatter, RATE)
        known = known or _hard_coded(grading, trainee, weights, found[0])
        raise SubmissionError(known or _misplaced("logits that scatter in another way"))
    return "Dropout scatters the logits as the grader's own does."


def _nothing(model: Model) -> Finding:
    return Finding(
        "Dropout does nothing: in training the model gives the same logits each time.",
        advice=f"Put a Dropout layer where the handout has it, and pass it the rate `dropout`. {_mode(model)}",
        misconception="no-dropout",
    )


def _mode(model: Model) -> str:
    """How a model knows whether it trains, and the argument of the student's own that should say so."""
    if not model.switches:
        return _USE_THE_MODE[model.framework]
    call = "call" if model.framework is Framework.KERAS else "forward"
    return (
        f"Your `{call}` has the argument `{model.switches[0]}`, which nobody passes: it keeps its default. "
        f"{_USE_THE_MODE[model.framework]}"
    )


def _other_rate(grading: Grading, trainee: _Trainee, given: Window, seen: Seen) -> Finding:
    """What to say of features that are dropped, each alone, but not at the rate of the argument."""
    if seen.drops(RATE) and abs(seen.scale - 1) <= SAME:
        return NOT_SCALED
    elsewhere = _at_other_rate(grading, trainee, given.weights)
    other = what_is_dropped(given, elsewhere)
    if seen.is_dropout(1 - RATE) and other is not None and other.is_dropout(1 - OTHER_RATE):
        return KEEP_RATE
    if seen.is_dropout(seen.rate) and other is not None and other.is_dropout(seen.rate):
        return _same_at_all_rates(f"{seen.rate:.2g} of them dropped there, and where dropout={OTHER_RATE} as well")
    twice = 1 - (1 - RATE) ** 2
    says = "; two Dropout layers, one behind the other, do so" if seen.is_dropout(twice) else ""
    return _misplaced(f"{seen.shares.mean():.2g} of them dropped, the others times {seen.scale:.3g}{says}")


def _at_other_rate(grading: Grading, trainee: _Trainee, weights: Weights) -> Floats:
    """Logits in training of the same model, built with another rate."""
    other = build(grading, trainee.model.framework, {**trainee.model.sizes, "dropout": OTHER_RATE})
    again = _Trainee(other, trainee.identity, trainee.text)
    again.take(weights)
    return again.scatter(trainee.text, seed=8)


def _hard_coded(grading: Grading, trainee: _Trainee, weights: Weights, found: Floats) -> Finding | None:
    """The finding for dropout that scatters the logits as much at another rate."""
    if not alike(found, _at_other_rate(grading, trainee, weights)):
        return None
    return _same_at_all_rates(f"logits that scatter as they do where dropout={OTHER_RATE}")


def _same_at_all_rates(found: str) -> Finding:
    return Finding(
        "Dropout drops the same share whatever the argument `dropout` says.",
        expected=f"{RATE} of the features dropped where dropout={RATE}",
        found=found,
        advice="Pass the argument `dropout` to the layer; no number of the handout's model may stand in your code.",
        misconception="dropout-hard-coded",
    )


def _misplaced(found: str) -> Finding:
    return Finding(
        "Dropout doesn't act as the handout says.",
        expected="the features in front of the dense layer dropped at the rate `dropout`, the others scaled up",
        found=found,
        advice="Dropout stands once, right in front of the dense layer; not on the embedding nor inside another layer "
        "as well, and its rate is the argument `dropout`.",
        misconception="dropout-misplaced",
    )
