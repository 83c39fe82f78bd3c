"""A report with everything in it: every outcome, every visibility, a bit of each table."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.errors import Finding
from autograder.report import (
    Basis,
    CheckResult,
    Curve,
    DeviceUse,
    Evidence,
    Gap,
    LeaderboardEntry,
    Outcome,
    Parity,
    Report,
    Row,
    SandboxLayer,
    Table,
    Task,
    TwinLayer,
    Visibility,
)

BOTH = ("keras", "torch")

TRACEBACK = """\
Traceback (most recent call last):
  File "torch_text_cnn.py", line 71, in build_model
    return TextCNN(vocab_size, embed_dim, num_filters, kernel_sizes, num_classes)
TypeError: TextCNN.__init__() missing 1 required positional argument: 'dropout'
"""


def passed(number: str, name: str, points: float, case: str = "", **more) -> CheckResult:
    return CheckResult(number, name, case, Outcome.PASSED, points, points, **more)


def sample_report() -> Report:
    return Report(
        assignment="text-cnn",
        title="TextCNN, twice: in Keras and in PyTorch",
        submission="submission_4711",
        tasks=(
            Task("1", "Text to ids", 10),
            Task("2", "The model", 45),
            Task("3", "Training", 25),
            Task("4", "Devices", 10),
            Task("5", "Save and load", 10),
            Task("6", "Your written answer", 5, graded=False),
        ),
        checks=(*_text(), *_model(), *_training(), *_devices(), *_saving()),
        curves=(
            Curve("keras", (1.79, 1.41, 0.93, 0.52, 0.31, 0.22)),
            Curve("keras", (1.78, 1.37, 0.88, 0.49, 0.28, 0.19), reference=True),
            Curve("torch", (1.81, 1.62, 1.38, 1.21, 1.13, 1.1)),
            Curve("torch", (1.79, 1.38, 0.9, 0.5, 0.29, 0.2), reference=True),
        ),
        tables=(
            Table(
                "Layers of the PyTorch TextCNN, at vocabulary 200",
                ("layer", "shape", "wanted", "found"),
                (
                    Row(("embedding.weight", "[200, 16]", "3,200", "3,200"), "ok"),
                    Row(("conv3.weight", "[8, 16, 3]", "384", "384"), "ok"),
                    Row(("conv3.bias", "[8]", "8", "missing"), "bad"),
                    Row(("dense.weight", "[6, 24]", "144", "144"), "ok"),
                    Row(("all", "", "3,736", "3,728")),
                ),
            ),
        ),
        parity=_parity(),
        leaderboard=(LeaderboardEntry("hidden accuracy", 0.912), LeaderboardEntry("CPU seconds", 12.5, ascending=True)),
        data="Trained on 2,000 generated reviews, tested on 500 that no submission has seen.",
        devices=(
            DeviceUse("keras", "gpu", "a second processor in a GPU's place"),
            DeviceUse("torch", "simulated", "a simulated GPU", "PyTorch 2.13.0 finds no GPU on this machine"),
        ),
        sandbox=(
            SandboxLayer("no network", on=True),
            SandboxLayer("other user", on=True),
            SandboxLayer("memory limit", on=False, why="the kernel offers no cgroup v2 here"),
        ),
        versions={"python": "3.11.9", "keras": "3.15.0", "torch": "2.13.0"},
        student_output={"keras": "epoch 1: 1.79\nepoch 2: 1.41\n", "torch": ""},
        staff_notes=("STAFF: checks/test_saving.py::test_state_dict raised ValueError, seed 4242",),
        basis=Basis(
            seed=4711,
            hidden=True,
            device="real",
            frameworks=("keras", "torch"),
            submission="5a" * 32,
            assignment="a5" * 32,
            grader="67" * 32,
        ),
        started="2026-01-15T12:00:00+00:00",
        seconds=83.25,
        complete=False,
    )


def _parity() -> Parity:
    biases = "Keras has one bias vector of 256 (4 gates of 64); PyTorch has two, of which only the sum counts."
    return Parity(
        outputs="logits",
        summary="Your Keras model averages over time; the handout asks for the maximum. The PyTorch model stopped.",
        gaps=(
            Gap("keras", "oracle", 0.83),
            Gap("torch", "oracle", 9.5e-7, agrees=True, why="Without conv3.bias, which the PyTorch model lacks."),
            Gap("keras", "torch", why="The PyTorch model stopped: build_model raised TypeError."),
        ),
        layers=(
            TwinLayer("embedding", 3200, 3200, 3200, 3200, "ok"),
            TwinLayer("lstm", 24832, 25088, 24832, 25088, "ok", biases),
            TwinLayer("conv3", 392, 384, 392, 392, "bad", "Your PyTorch layer has 8 fewer than the handout's."),
        ),
        remarks=("The handout's Keras model ends in softmax and its PyTorch model in log_softmax.",),
    )


def failed(number: str, name: str, points: float, case: str, finding: Finding, **more) -> CheckResult:
    return CheckResult(number, name, case, Outcome.FAILED, max_score=points, finding=finding, **more)


def _text() -> tuple[CheckResult, ...]:
    partly = Finding(
        "In 3 of 200 texts your ids differ from the handout's.",
        expected='"it\'s" becomes "its": every character of string.punctuation is deleted',
        found='"it\'s" becomes two words, "it" and "s"',
        advice="Delete punctuation with str.translate; don't replace it by a space.",
    )
    words = "Texts become ids of the asked length"
    return (
        *(passed("1.1", "The vocabulary has the most frequent words, ties alphabetical", 2, case) for case in BOTH),
        passed("1.2", words, 3, "keras"),
        failed("1.2", words, 3, "torch", partly, score=2.25, tags=("ids",)),
    )


def _model() -> tuple[CheckResult, ...]:
    average = Finding(
        "Your logits match a TextCNN that averages over time; the handout asks for the maximum.",
        expected="logits within 1e-4 of the course's own forward pass",
        found="logits that differ by up to 0.83",
        advice="Look at the pooling: after the ReLU comes x.max(dim=2).values, not x.mean(dim=2).",
        misconception="average-pooling",
    )
    broken = Finding(
        "build_model(...) of torch_text_cnn.py stopped with TypeError.",
        advice="The message below names the argument; the handout lists all of them under task 2.",
        details=TRACEBACK,
    )
    layers, count, logits, gradients = (
        "The model is built from the handout's layers",
        "The model has exactly the handout's parameters",
        "The logits equal those of the course's own forward pass",
        "Gradients reach every parameter",
    )
    rests = "It rests on 2.1: the PyTorch model can't be built."
    return (
        passed("2.1", layers, 3, "keras", evidence=Evidence.ATTESTED),
        failed("2.1", layers, 3, "torch", broken, evidence=Evidence.ATTESTED),
        passed("2.2", count, 6, "keras", note="3,736 parameters, as asked."),
        CheckResult("2.2", count, "torch", Outcome.SKIPPED, max_score=6, note=rests),
        failed("2.3", logits, 10, "keras", average),
        CheckResult("2.3", logits, "torch", Outcome.SKIPPED, max_score=10, note=rests),
        passed("2.4", gradients, 3.5, "keras", visibility=Visibility.AFTER_DUE_DATE),
        passed("2.4", gradients, 3.5, "torch", visibility=Visibility.AFTER_PUBLISHED),
    )


def _training() -> tuple[CheckResult, ...]:
    hidden = Finding("HIDDEN: 71.2 % of the hidden texts are classified rightly.")
    return (
        passed("3.1", "The loss falls", 5, "keras", note="From 1.79 to 0.22 in 6 epochs."),
        passed("3.1", "The loss falls", 5, "torch", note="From 1.81 to 1.1 in 6 epochs."),
        failed("3.2", "Accuracy on hidden data", 10, "keras", hidden, score=3.3333, visibility=Visibility.HIDDEN),
        CheckResult("3.3", "The same seed gives the same result", "torch", Outcome.PENDING, max_score=5),
    )


def _devices() -> tuple[CheckResult, ...]:
    gpu = "The model runs on a GPU"
    return (
        passed("4.1", "The model runs on the CPU", 5, evidence=Evidence.ATTESTED),
        CheckResult(
            "4.2",
            gpu,
            outcome=Outcome.UNGRADED,
            max_score=5,
            note="Not gradable here: needs CUDA.",
            needs=("cuda",),
        ),
    )


def _saving() -> tuple[CheckResult, ...]:
    fresh = "A saved model gives the same logits in a fresh process"
    return (
        passed("5.1", fresh, 5, "keras"),
        CheckResult("5.1", fresh, "torch", Outcome.ERROR, max_score=5),
    )


@pytest.fixture
def report() -> Report:
    return sample_report()


@pytest.fixture
def golden():
    """Compare with a file in ``golden/``; ``UPDATE_GOLDEN=1 pytest tests/reporters`` writes the files anew."""

    def compare(name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{name} changed: see `git diff` after UPDATE_GOLDEN=1"

    return compare
