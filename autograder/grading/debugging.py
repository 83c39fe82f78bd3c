"""Runs checks on a student's own code where a debugger works: by themselves, without points."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from autograder.checking.grading import Grading
from autograder.checking.needs import Devices
from autograder.checking.plugin import GradingPlugin
from autograder.checking.recorder import Recorder
from autograder.grading.session import Order, _empty_report, _open, _run_pytest, dataset_of
from autograder.report import Report
from autograder.sandbox.accelerators import SIMULATED
from autograder.sandbox.places import Place
from autograder.student.debugging import BareModule
from autograder.student.handle import Student
from autograder.student.zygotes import Zygote

ENDLESS = 1e9  # seconds: whoever thinks in a debugger isn't stopped
_CLOCKS = ("import_seconds", "call_seconds", "fit_seconds", "total_seconds")


def debug(order: Order) -> Report:
    """Run the ordered checks with public data; no hidden data, no reference, and no walls.

    Raises:
        AssignmentError: The assignment is at fault.
        KeyboardInterrupt: The debugger was told to quit.
        SubmissionError: The folder can't be opened.
    """
    order = replace(order, hidden=False, solution=None, device=SIMULATED)
    limits = order.assignment.limits.model_copy(update=dict.fromkeys(_CLOCKS, ENDLESS))
    recorder = Recorder(_empty_report(order))
    with Place("submission") as place, ExitStack() as stack:
        submission = _open(order, place.path / "files", recorder)
        zygotes = {framework: Zygote(framework, at_once=False) for framework in order.frameworks}  # none is started
        for zygote in zygotes.values():
            stack.callback(zygote.close)
        student = Student(submission, zygotes, limits, kind=BareModule)
        stack.callback(student.close)
        # Ctrl+C is the debugger's, which has the terminal.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        stack.callback(signal.signal, signal.SIGINT, before)
        grading = Grading(order.assignment, student, recorder, seed=order.seed, dataset=partial(dataset_of, order),
                          devices=Devices(SIMULATED))  # fmt: skip
        _run_pytest(order, GradingPlugin(grading, order.only, order.frameworks))
    return recorder.report
