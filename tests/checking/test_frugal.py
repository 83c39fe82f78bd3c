"""Grading with little memory: the same verdicts, in another order, with fewer processes."""

from __future__ import annotations

from dataclasses import replace

from autograder.blueprint import Framework
from autograder.report import Outcome
from autograder.student.handle import Module


class Order:
    """A listener that remembers in which order checks ran."""

    def __init__(self):
        self.ran = []

    def started(self, check):
        self.ran.append((check.case, check.number))

    def changed(self, report, latest):
        pass


def test_one_framework_after_the_other_with_the_same_verdicts(mini, grader, monkeypatch):
    order = mini.order(mini.submit(keras={"1.1": "wrong", "1.2": "crash"}, torch={"1.2": "partly", "1.10": "rests"}))
    usual, thrifty = Order(), Order()
    expected = grader.grade(order, [usual])
    ended, real = [], Module.end
    monkeypatch.setattr(
        Module, "end", lambda module: (ended.append((module.framework, len(thrifty.ran))), real(module))
    )
    report = grader.grade(replace(order, frugal=True), [thrifty])
    cases = [case for case, _ in thrifty.ran]
    last = {case: max(i for i, c in enumerate(cases) if c == case) for case in set(cases)}
    assert last["keras"] < cases.index("torch") <= last["torch"]
    assert all(cases.index(case) > last["torch"] for case in set(cases) - {"keras", "torch"})
    assert sorted(thrifty.ran) == sorted(usual.ran)
    assert thrifty.ran != usual.ran
    assert [(c.number, c.case, c.outcome, c.score) for c in report.checks] == [
        (c.number, c.case, c.outcome, c.score) for c in expected.checks
    ]
    assert ended[:2] == [(Framework.KERAS, last["keras"] + 1), (Framework.TORCH, last["torch"] + 1)]


def test_a_model_is_graded_as_ever(cnn, grader):
    from autograder.assignment import load
    from autograder.grading.reference import reference_files

    assignment = load(cnn.assignment)
    files = reference_files(assignment, cnn.solution, cnn.top / "right")
    report = grader.grade(replace(cnn.order(files), frugal=True))
    lost = [(c.number, c.case, c.outcome, c.note) for c in report.checks if c.outcome is not Outcome.PASSED]
    assert lost == []
