"""Task "training", large: does ``fit`` learn, how well, again the same, and at what cost?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from autograder.assignment import Bounds
from autograder.blueprint import Framework, Tolerance, cross_entropy
from autograder.checking.architecture import gradients
from autograder.checking.dropout import dropout
from autograder.checking.grading import PROBES, Grading
from autograder.checking.identify import identify
from autograder.checking.losses import reported_loss
from autograder.checking.models import build, identity_of, must_answer, must_be_registered
from autograder.checking.order import as_given, one_order
from autograder.checking.start import initial_weights
from autograder.checking.steps import adam_steps, one_step_an_epoch
from autograder.checking.trial import SEED, Run, largest_move, mixes_texts, run_with, short_run, trial
from autograder.checking.verdicts import NotGradable, Partial, RestsOn
from autograder.errors import AssignmentError, Finding, SubmissionError
from autograder.report import Curve
from autograder.student.handle import Student
from autograder.student.model import Fitted, Floats, Model

SAME = 1e-5  # relative, of losses and weights after a few steps; one thread gives bit-identical ones
SOME = 500  # texts: to train on, of which the loss is recomputed; to test on, of which the model itself is asked
HARDLY_ANY = 0.1  # of the reference's CPU seconds: nobody computes the same steps ten times as fast
LEARNED = 0.9  # the loss has to fall below this share of what guessing by class frequency gives


@dataclass(frozen=True)
class Trained:
    """A model after the one full training that accuracy, loss and run time are judged by.

    Attributes:
        logits: Of the test texts, float64 [n, num_classes].
        train_loss: Cross-entropy of some of the training texts after the training, dropout off.
        recomputed: Whether the grader computed both from the weights (else they are the student's ``predict``'s).
    """

    fitted: Fitted
    logits: Floats
    train_loss: float
    recomputed: bool


def trained(grading: Grading, framework: Framework) -> Trained:
    """Train the student's model at the handout's sizes on the grading's data, once."""
    made: Trained = grading.once(("trained", framework), lambda: _train(grading, framework))
    return made


def _train(grading: Grading, framework: Framework) -> Trained:
    model = build(grading, framework, grading.sizes, _seed(grading))
    start = model.weights()
    if identity_of(grading, framework) is None:  # else check 2.3 has called it, and what stops it here is told here
        must_answer(model, grading.data.test_ids[:PROBES])
    identity = identify(grading, model, "training").identity
    model.set_weights(start)
    fitted = _fit(grading, model)
    grading.recorder.curve(Curve(framework.value, tuple(fitted.losses.tolist())))
    test_ids = grading.data.test_ids
    some_ids, some_labels = grading.data.train_ids[:SOME], grading.data.train_labels[:SOME]
    if identity is None or identity.blueprint.mixes_examples:  # what comes out then depends on predict's batches
        found, some = model.predict(test_ids), model.predict(some_ids)
        return Trained(fitted, found, cross_entropy(some, some_labels), recomputed=False)
    weights = identity.match.from_student(model.weights())
    recomputed = identity.blueprint.forward(weights, test_ids)
    called = model.forward(test_ids[:SOME], training=False)  # predict may be at fault, which is another check's to say
    if not _agree(called, identity.blueprint.forward(weights, test_ids[:SOME])):
        found = model.predict(test_ids)
        if not identity.right and mixes_texts(model, test_ids[:SOME]):  # by the mistake that 2.3 names
            return Trained(fitted, found, cross_entropy(model.predict(some_ids), some_labels), recomputed=False)
        if not _agree(found, recomputed):
            raise SubmissionError(_other_model(found, recomputed))
    some = identity.blueprint.forward(weights, some_ids)
    return Trained(fitted, recomputed, cross_entropy(some, some_labels), recomputed=True)


def _other_model(found: Floats, recomputed: Floats) -> Finding:
    return Finding(
        "After training, the predictions don't come from the model with its trained weights.",
        expected="the logits that the handout's model computes with the weights that fit left",
        found=f"a difference of up to {np.abs(found - recomputed).max():.2g}",
        advice="fit has to train the model that it is given, in place, and predict has to use that model alone.",
        misconception="predictions-from-elsewhere",
    )


def _agree(found: Floats, recomputed: Floats) -> bool:
    return Tolerance(rtol=1e-3, atol=1e-3).agrees(found, recomputed)  # trained logits are larger than a probe's


def _fit(grading: Grading, model: Model) -> Fitted:
    settings = grading.assignment.training
    if settings is None:
        raise AssignmentError("assignment.toml has no [training] table")
    arguments = {
        "epochs": settings.epochs,
        "batch_size": settings.batch_size,
        "learning_rate": settings.learning_rate,
        "seed": _seed(grading),
    }
    return model.fit(grading.data.train_ids, grading.data.train_labels, **arguments)


def _seed(grading: Grading) -> int:
    return int(grading.rng("fit").integers(1, 2**31))


def loss_falls(grading: Grading, framework: Framework) -> str:
    """Raise SubmissionError unless training brings the loss clearly below guessing by class frequency."""
    done, guessing = trained(grading, framework), _guessing(grading.data.train_labels)
    if done.train_loss > LEARNED * guessing:
        identity = identity_of(grading, framework)
        if identity is not None and identity.blueprint.mixes_examples:
            raise RestsOn("What the model says of a text depends on the others in its batch: mend its outputs first.")
        if _charged_already(grading, framework):
            raise RestsOn(
                "The model hardly learns, and task 2 names a mistake that may be the reason: mend that first."
            )
        raise SubmissionError(
            Finding(
                "Training hardly lowers the loss.",
                expected=f"below {LEARNED * guessing:.3f} after {len(done.fitted.losses)} epochs (guessing gives "
                f"{guessing:.3f})",
                found=f"{done.train_loss:.3f} on the texts that it was trained on",
                advice="See what checks 3.1 and 3.2 say of a single step.",
            )
        )
    reached = cross_entropy(done.logits, grading.data.test_labels)
    return (
        f"Cross-entropy after the training: {done.train_loss:.3f} on training texts, {reached:.3f} on test texts; "
        f"guessing gives {guessing:.3f}."
    )


def _guessing(labels: np.ndarray) -> float:
    """Cross-entropy of guessing by class frequency."""
    shares = np.bincount(labels) / len(labels)
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())


def accuracy(grading: Grading, framework: Framework) -> str:
    """Judge the share of right predictions on the test texts, against the assignment's bounds.

    A mistake of the model that another check has named and charged is not charged again, if the training itself is
    right: what counts here then is that it got clearly better than guessing.
    """
    done = trained(grading, framework)
    labels = grading.data.test_labels
    reached = float((done.logits.argmax(axis=1) == labels).mean())
    how = "recomputed from the trained weights" if done.recomputed else "by your predict"
    sentence = f"Accuracy {reached:.3f} on {len(labels):,} {'hidden' if grading.hidden else 'public'} texts ({how})."
    grading.rank("accuracy", framework, round(reached, 4))
    if not grading.hidden and not grading.assignment.has_thresholds:  # a student's own data
        raise NotGradable(f"{sentence} There are no bounds for this data that would give or cost points.")
    bounds = grading.assignment.thresholds_for(framework.value).accuracy
    credit = bounds.credit(reached)
    if credit >= 1:
        return sentence
    if _charged_already(grading, framework) and reached > _clearly_learned(labels, bounds):
        return f"{sentence} That is below {bounds.full:.2f}, but the model's own mistake (task 2) costs no points here."
    if done.train_loss > LEARNED * _guessing(grading.data.train_labels) and _charged_already(grading, framework):
        raise RestsOn("The model hardly learns, and task 2 names a mistake that may be the reason: mend that first.")
    must_be_registered(grading, framework)
    raise Partial(
        credit,
        Finding(
            f"Accuracy on the test texts is {reached:.3f}.",
            expected=f"{bounds.full:.2f} for all points, more than {bounds.none:.2f} for any",
            found=sentence,
            advice="If the loss falls as it should, look at the model; if it doesn't, at fit.",
        ),
    )


def _charged_already(grading: Grading, framework: Framework) -> bool:
    """Whether the model is to blame for a low accuracy, and task 2 has said so.

    It is if the model has a mistake that acts on what is learned (another model, start or dropout, frozen weights),
    and if ``fit`` has none: its loss is right, its steps are Adam's and its orders are new. Without the second half, a
    slip in the model that costs a point or two, such as another start, would excuse any training.
    """
    return _model_is_wrong(grading, framework) and not any(
        _fails(judge, grading, framework) for judge in (reported_loss, adam_steps, repeatable)
    )


def _model_is_wrong(grading: Grading, framework: Framework) -> bool:
    identity = identity_of(grading, framework)
    if identity is None or not identity.right:
        return identity is not None
    return any(_fails(judge, grading, framework) for judge in (initial_weights, gradients, dropout))


def _fails(judge: Callable[[Grading, Framework], str], grading: Grading, framework: Framework) -> bool:
    """Whether a check found a mistake of its own; one that rests on another check's, or can't be made, found none."""
    found: bool = grading.once(("fails", judge, framework), lambda: _has_found(judge, grading, framework))
    return found


def _has_found(judge: Callable[[Grading, Framework], str], grading: Grading, framework: Framework) -> bool:
    try:
        judge(grading, framework)
    except (RestsOn, NotGradable):
        return False
    except SubmissionError:
        return True
    return False


def _clearly_learned(labels: np.ndarray, bounds: Bounds) -> float:
    """A quarter of the way from always guessing the most frequent class to the bound for any points."""
    guessing = float(np.bincount(labels).max() / len(labels))
    return guessing + 0.25 * max(bounds.none - guessing, 0.0)


def run_time(grading: Grading, framework: Framework) -> str:
    """Judge the CPU seconds of the full training against the reference's, in the same sandbox on this machine."""
    done = trained(grading, framework)
    mine = done.fitted.cpu_seconds
    grading.rank("cpu seconds", framework, round(mine, 2))
    if grading.reference is None:
        raise NotGradable(
            f"Your training took {mine:.1f} CPU seconds. It is compared with the course's own on Gradescope."
        )
    if done.train_loss > LEARNED * _guessing(grading.data.train_labels):
        raise RestsOn("Training that learns nothing has no run time to speak of: mend check 3.4 first.")
    reference = _reference_run(grading, grading.reference, framework)
    ratio = mine / max(reference.cpu_seconds, 0.01)
    if ratio < HARDLY_ANY:
        grading.recorder.staff_note(
            f"Worth a look: the {framework.label} training learned, in {ratio:.1%} of the CPU seconds that the same "
            "steps take the course's own. The weights may come from elsewhere."
        )
    sentence = f"Training took {mine:.1f} CPU seconds, {ratio:.2f} times the reference's {reference.cpu_seconds:.1f}."
    bounds = grading.assignment.thresholds_for(framework.value).cpu_ratio
    credit = bounds.credit(ratio)
    if credit < 1:
        raise Partial(
            credit,
            Finding(
                "Training is slow.",
                expected=f"at most {bounds.full:g} times the reference's CPU seconds",
                found=sentence,
                advice="Work in whole batches, never text by text; encode and convert once, not in every step; leave "
                "run_eagerly alone in Keras.",
                misconception="slow-training",
            ),
        )
    return sentence


def _reference_run(grading: Grading, reference: Student, framework: Framework) -> Fitted:
    """The course's own training: the same work in the same sandbox; once for all submissions of one call."""
    key = (str(grading.assignment), framework, str(grading.sizes))
    if key not in grading.shared:
        grading.shared[key] = _train_reference(grading, reference, framework)
    done: Fitted = grading.shared[key]
    grading.recorder.curve(Curve(framework.value, tuple(done.losses.tolist()), reference=True))
    return done


def _train_reference(grading: Grading, reference: Student, framework: Framework) -> Fitted:
    """Its failure is never the student's: no time is left, or the machine is short of memory."""
    if grading.frugal:  # what is known of the student's training is kept here; its process is made anew when asked
        grading.student.module(framework).end()
    module = reference.module(framework)
    try:
        return _fit(grading, grading.build(module, grading.sizes, _seed(grading)))
    except SubmissionError as error:
        grading.recorder.staff_note(f"The course's own {framework.label} training failed: {error.finding.message}")
        raise NotGradable("The course's own training, which yours is compared with, could not be run.") from error
    finally:
        module.end()  # nothing else is asked of it


def repeatable(grading: Grading, framework: Framework) -> str:
    """Raise SubmissionError unless the seed alone decides the result, and decides the order of the texts."""
    b = trial(grading, framework)
    first = short_run(grading, framework)
    again, other = run_with(b, SEED), run_with(b, SEED + 1)
    if not _same(first, again):
        raise SubmissionError(
            Finding(
                "The same seed gives another result the second time.",
                expected="equal losses and weights for equal arguments",
                found=f"weights that differ by up to {largest_move(first[1], again[1]):.1g}",
                advice="Seed the framework's generator with `seed` at the beginning of fit, and draw nothing from "
                "others.",
                misconception="seed-ignored",
            )
        )
    if largest_move(first[1], b.start) == 0:
        raise RestsOn("fit changes no weight, so nothing can be told of the seed: mend check 3.2 first.")
    if _same(first, other) and one_step_an_epoch(b, first):
        raise RestsOn("With one step in each epoch the order of the texts doesn't show: mend check 3.2 first.")
    if _same(first, other):
        raise SubmissionError(_whatever_the_seed(grading, framework))
    if framework is Framework.TORCH and one_order(grading, framework):  # Keras' own fit does it too: see there
        raise SubmissionError(
            Finding(
                "fit takes the texts in the same order in each epoch.",
                expected="a new order of the texts in each epoch, drawn with the seed",
                found="weights that only one order for all epochs leads to, with every seed that was tried",
                advice="Draw a new permutation at the beginning of each epoch; seed the generator once, before all "
                "epochs.",
                misconception="one-order-for-all-epochs",
            )
        )
    return "Equal seeds give equal losses and weights; another seed gives another order."


def _whatever_the_seed(grading: Grading, framework: Framework) -> Finding:
    """Why two seeds give one result: nothing is shuffled, or it is shuffled by another seed than the argument."""
    expected = "a new order of the texts in each epoch, drawn with the seed"
    if as_given(grading, framework):
        return Finding(
            "Another seed gives exactly the same result: fit doesn't shuffle the texts.",
            expected,
            "the order in which they are given, whatever the seed",
            advice="Draw a new permutation at the beginning of each epoch.",
            misconception="no-shuffle",
        )
    if _fails(adam_steps, grading, framework):  # then the order can't be read from the steps
        return Finding(
            "Another seed gives exactly the same result: fit doesn't shuffle the texts, or not by `seed`.",
            expected,
            "the same result whatever the seed",
            advice="Draw a new permutation in each epoch, from a generator that is seeded with `seed`.",
        )
    return Finding(
        "Another seed gives exactly the same result: fit shuffles the texts, but not by `seed`.",
        expected,
        "one and the same order whatever the seed",
        advice="Seed the generator with the argument `seed`, and not with a number of your own.",
        misconception="seed-ignored",
    )


def _same(one: Run, two: Run) -> bool:
    if not np.allclose(one[0], two[0], rtol=SAME):
        return False
    return all(np.allclose(a, b, rtol=SAME, atol=SAME) for a, b in zip(one[1], two[1], strict=True))
