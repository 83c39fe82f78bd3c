"""Checks 3.3 to 3.6: what is made of a training's result, which here is made up."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from autograder.assignment import Thresholds
from autograder.assignment.models import Leaderboard
from autograder.blueprint import Framework
from autograder.checking import training
from autograder.checking.models import drawn_probe
from autograder.checking.training import Trained
from autograder.checking.trial import Trial
from autograder.checking.verdicts import NotGradable, Partial, RestsOn
from autograder.errors import AssignmentError, SubmissionError
from autograder.report import LeaderboardEntry
from autograder.student.model import Fitted

KERAS = Framework.KERAS
BOUNDS = {"accuracy": {"none": 0.6, "full": 0.8}, "cpu_ratio": {"none": 6.0, "full": 3.0}}


def fitted(losses=(0.7, 0.3), cpu_seconds=4.0) -> Fitted:
    return Fitted(np.array(losses), cpu_seconds, cpu_seconds)


@pytest.fixture
def after(numpy_grading, monkeypatch):
    """A grading whose full training has ended with this accuracy and these losses."""

    def after(accuracy=1.0, wrong=lambda blueprint: blueprint, train_loss=0.1, **facts):
        grading = numpy_grading(wrong)
        labels = grading.data.test_labels
        logits = np.eye(2)[np.where(np.arange(len(labels)) < round(accuracy * len(labels)), labels, 1 - labels)]
        grading.found["trained", KERAS] = Trained(fitted(**facts), logits, train_loss, recomputed=True)
        thresholds = Thresholds.model_validate(BOUNDS)
        monkeypatch.setattr(type(grading.assignment), "thresholds_for", lambda *_: thresholds)
        monkeypatch.setattr(training, "_fails", lambda *_: False)  # what task 2 says of this model
        return grading

    return after


class Reference:
    """The course's own student, whose training takes a second."""

    def __init__(self):
        self.trainings = 0
        self.ended = 0

    def module(self, framework):
        return self

    def build(self, sizes, seed=0, example=None):
        return self

    def end(self):
        self.ended += 1

    def fit(self, token_ids, labels, **settings):
        self.trainings += 1
        return fitted(cpu_seconds=1.0)


# -- the loss


def test_a_loss_that_falls(after):
    said = training.loss_falls(after(train_loss=0.2, losses=(5.0, 6.0)), KERAS)  # what fit reports is check 3.1's
    assert said.startswith("Cross-entropy after the training: 0.200 on training texts, ")
    assert said.endswith("guessing gives 0.693.")


@pytest.mark.parametrize("train_loss", [0.68, 0.65, 5.0])
def test_a_loss_that_hardly_falls_whatever_fit_reports(after, train_loss):
    with pytest.raises(SubmissionError) as caught:
        training.loss_falls(after(train_loss=train_loss, losses=(0.6, 0.1)), KERAS)
    assert caught.value.finding.found.startswith(f"{train_loss:.3f} on the texts")


# -- the accuracy


@pytest.mark.parametrize(("accuracy", "credit"), [(0.7, 0.5), (0.65, 0.25), (0.6, 0), (0.3, 0)])
def test_partial_credit_between_the_bounds(after, accuracy, credit):
    grading = after(accuracy)
    with pytest.raises(Partial) as caught:
        training.accuracy(grading, KERAS)
    assert caught.value.credit == pytest.approx(credit)
    assert "0.80 for all points, more than 0.60 for any" in caught.value.finding.expected
    assert grading.recorder.report.leaderboard == ()  # nobody asked for one


def test_the_leaderboard_shows_what_the_assignment_asks_for(after):
    grading = after(0.9, cpu_seconds=1.234)
    shown = Leaderboard(show=("accuracy", "cpu seconds"))
    grading.assignment = grading.assignment.model_copy(update={"leaderboard": shown})
    grading.reference = Reference()
    training.accuracy(grading, KERAS)
    training.run_time(grading, KERAS)
    grading.rank("parameters", KERAS, 7)
    assert grading.recorder.report.leaderboard == (
        LeaderboardEntry("accuracy (Keras)", 0.9),
        LeaderboardEntry("cpu seconds (Keras)", 1.23, ascending=True),
    )


@pytest.mark.parametrize("accuracy", [0.8, 0.95, 1.0])
def test_all_points_from_the_upper_bound_on(after, accuracy):
    said = training.accuracy(after(accuracy), KERAS)
    assert said == f"Accuracy {accuracy:.3f} on 60 public texts (recomputed from the trained weights)."


@pytest.mark.parametrize(("accuracy", "passes"), [(0.7, True), (0.5, False)])
def test_a_mistake_of_the_model_is_not_charged_twice(after, accuracy, passes):
    def average(blueprint):
        return next(v.blueprint for v in blueprint.variants(1) if v.key == "average-pooling")

    grading = after(accuracy, average)
    assert not drawn_probe(grading, KERAS, 0).identity.right
    if passes:
        assert "costs no points here" in training.accuracy(grading, KERAS)
        return
    with pytest.raises(Partial):  # guessing is not learning, whatever the model
        training.accuracy(grading, KERAS)


def test_a_mistake_of_the_model_excuses_no_mistake_in_fit(after, monkeypatch):
    grading = after(0.7, lambda blueprint: next(v.blueprint for v in blueprint.variants(1) if v.key == "no-relu"))
    monkeypatch.setattr(training, "_fails", lambda judge, *_: judge is training.adam_steps)
    with pytest.raises(Partial):
        training.accuracy(grading, KERAS)


def test_another_start_excuses_no_mistake_in_fit(after, monkeypatch):
    grading, fails = after(0.7), {training.initial_weights}
    monkeypatch.setattr(training, "_fails", lambda judge, *_: judge in fails)
    assert "costs no points here" in training.accuracy(grading, KERAS)
    fails.add(training.repeatable)
    with pytest.raises(Partial):
        training.accuracy(grading, KERAS)


def test_what_stops_only_in_training_is_not_said_to_be_told_by_the_check_of_outputs(numpy_grading, monkeypatch):
    def stops(*_):
        raise SubmissionError("The model stops at 40 words.")

    monkeypatch.setattr(training, "_fit", stops)
    monkeypatch.setattr(training, "must_answer", lambda *_: pytest.fail("2.3 has found nothing"))
    with pytest.raises(SubmissionError, match="40 words"):
        training.trained(numpy_grading(), KERAS)


def test_what_a_check_found_is_found_once(numpy_grading):
    grading, calls = numpy_grading(), []
    judge = lambda *_: calls.append(1)  # noqa: E731
    assert [training._fails(judge, grading, KERAS) for _ in range(3)] == [False] * 3
    assert calls == [1]


def test_what_cannot_be_judged_is_no_mistake_found(numpy_grading):
    def raises(error):
        def judge(*_):
            raise error

        return judge

    grading = numpy_grading()
    assert not training._fails(raises(RestsOn("the model")), grading, KERAS)
    assert not training._fails(raises(NotGradable("no reference")), grading, KERAS)
    assert training._fails(raises(SubmissionError("wrong")), grading, KERAS)


def test_no_bounds_for_the_data_in_use_is_the_instructors_mistake(after, monkeypatch):
    grading = after()
    monkeypatch.undo()
    other = grading.assignment.model_copy(update={"thresholds": {}})
    grading.assignment = other
    with pytest.raises(NotGradable, match="no bounds for this data"):  # public data may be a student's own
        training.accuracy(grading, KERAS)
    grading.hidden = True
    with pytest.raises(AssignmentError, match="autograder calibrate"):
        training.accuracy(grading, KERAS)


# -- the time


def test_time_without_a_reference_is_not_gradable(after):
    with pytest.raises(NotGradable, match=r"took 4\.0 CPU seconds"):
        training.run_time(after(), KERAS)


@pytest.mark.parametrize(("seconds", "credit"), [(2.9, 1), (3.0, 1), (4.5, 0.5), (6.0, 0), (60.0, 0)])
def test_time_is_the_ratio_to_the_references(after, seconds, credit):
    grading = after(cpu_seconds=seconds)
    grading.reference = Reference()
    if credit == 1:
        assert f"{seconds:.2f} times the reference's 1.0" in training.run_time(grading, KERAS)
        return
    with pytest.raises(Partial) as caught:
        training.run_time(grading, KERAS)
    assert caught.value.credit == pytest.approx(credit)


def test_the_reference_trains_once_for_all_submissions(after):
    reference, shared = Reference(), {}
    for _ in range(3):
        grading = after(cpu_seconds=1.0)
        grading.reference, grading.shared = reference, shared
        training.run_time(grading, KERAS)
        assert [curve.reference for curve in grading.recorder.report.curves] == [True]
    assert (reference.trainings, reference.ended) == (1, 1)


def test_with_little_memory_the_students_process_makes_room_for_the_reference(after):
    grading, student = after(cpu_seconds=1.0), Reference()
    grading.reference, grading.student = Reference(), student
    training.run_time(grading, KERAS)
    assert student.ended == 0
    grading.shared, grading.frugal = {}, True
    training.run_time(grading, KERAS)
    assert student.ended == 1


# -- whose model it is


@pytest.fixture
def built(monkeypatch):
    """Changes each model that a grading's student builds."""

    def built(grading, change):
        module = type(grading.student.module(KERAS))
        plain = module.build

        def build(self, sizes, seed=0, example=None):
            model = plain(self, sizes, seed)
            change(model)
            return model

        monkeypatch.setattr(module, "build", build)
        return grading

    return built


def learns(model) -> None:
    model.fit = lambda *_, **__: model.set_weights([array + 0.1 for array in model.arrays]) or fitted()


def knows_the_answers(model) -> None:
    learns(model)
    model.predict = lambda token_ids: np.ones((len(token_ids), 2))
    logits = model._logits  # and the model itself is another for many texts than for a probe's few
    model._logits = lambda ids, rng: model.predict(ids) if len(ids) > 50 else logits(ids, rng)


def test_the_logits_are_recomputed_from_the_trained_weights(numpy_grading, built):
    grading = built(numpy_grading(), learns)
    done = training.trained(grading, KERAS)
    assert done.recomputed
    assert np.abs(done.logits).max() > 0.01
    assert [curve.losses for curve in grading.recorder.report.curves] == [(0.7, 0.3)]
    assert training.trained(grading, KERAS) is done


def test_predictions_from_elsewhere_are_refused(numpy_grading, built):
    with pytest.raises(SubmissionError) as caught:
        training.trained(built(numpy_grading(), knows_the_answers), KERAS)
    assert caught.value.finding.misconception == "predictions-from-elsewhere"


def test_training_needs_no_predict_where_the_model_is_known(numpy_grading, built):
    def hangs(model):
        def predict(_):
            raise SubmissionError("predict had not finished after 60 seconds")

        learns(model)
        model.predict = predict

    assert training.trained(built(numpy_grading(), hangs), KERAS).recomputed


def test_a_model_that_is_not_known_is_judged_by_its_own_predictions(numpy_grading, built):
    grading = built(numpy_grading(dropout_at_all_times=True), learns)
    assert not training.trained(grading, KERAS).recomputed


# -- repeatability


@pytest.fixture
def ran(numpy_grading, monkeypatch):
    """A grading whose three short trainings (the seed's, the seed's again, another's) move all weights so far."""

    def ran(*ways, one_order=False, as_given=True, steps_are_wrong=False):
        made = iter([(np.array([0.7, 0.5]) + way, [np.ones((2, 2)) + way]) for way in ways])
        small = Trial(SimpleNamespace(sizes={"vocab_size": 50}), np.empty(0), np.empty(0), [np.ones((2, 2))])
        monkeypatch.setattr(training, "trial", lambda *_: small)
        monkeypatch.setattr(training, "short_run", lambda *_: next(made))
        monkeypatch.setattr(training, "run_with", lambda *_: next(made))
        monkeypatch.setattr(training, "one_order", lambda *_: one_order)
        monkeypatch.setattr(training, "as_given", lambda *_: as_given)
        monkeypatch.setattr(training, "_fails", lambda *_: steps_are_wrong)
        return numpy_grading()

    return ran


def test_the_seed_decides(ran):
    assert training.repeatable(ran(0.1, 0.1, 0.2), KERAS)


@pytest.mark.parametrize(
    ("ways", "misconception"),
    [((0.1, 0.2, 0.3), "seed-ignored"), ((0.1, 0.1, 0.1), "no-shuffle"), ((0.1, 0.2, 0.1), "seed-ignored")],
)
def test_the_seed_does_not_decide(ran, ways, misconception):
    with pytest.raises(SubmissionError) as caught:
        training.repeatable(ran(*ways), KERAS)
    assert caught.value.finding.misconception == misconception


def test_an_order_of_its_own_whatever_the_seed(ran):
    with pytest.raises(SubmissionError, match="shuffles the texts, but not by `seed`") as caught:
        training.repeatable(ran(0.1, 0.1, 0.1, as_given=False), KERAS)
    assert caught.value.finding.misconception == "seed-ignored"


def test_the_order_is_not_guessed_from_steps_that_are_wrong(ran):
    with pytest.raises(SubmissionError, match="doesn't shuffle the texts, or not by `seed`") as caught:
        training.repeatable(ran(0.1, 0.1, 0.1, as_given=False, steps_are_wrong=True), KERAS)
    assert caught.value.finding.misconception == ""


def test_one_order_for_all_epochs(ran):
    with pytest.raises(SubmissionError) as caught:
        training.repeatable(ran(0.1, 0.1, 0.2, one_order=True), Framework.TORCH)
    assert caught.value.finding.misconception == "one-order-for-all-epochs"


def test_one_order_is_what_keras_own_fit_takes(ran):
    assert training.repeatable(ran(0.1, 0.1, 0.2, one_order=True), KERAS)


def test_nothing_is_said_of_the_order_where_nothing_is_learned(ran):
    with pytest.raises(RestsOn, match=r"3\.2"):
        training.repeatable(ran(0, 0, 0), KERAS)
