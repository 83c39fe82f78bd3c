"""Task "devices" in PyTorch: what is judged on a device that knows shapes alone, on a real one, and of the copies."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from autograder.assignment import load
from autograder.checking import device_saving, devices, torch_devices
from autograder.checking.copies import copies
from autograder.checking.device_trial import Run
from autograder.checking.grading import Grading
from autograder.checking.recorder import Recorder
from autograder.checking.torch_devices import ROUNDING, TF32
from autograder.checking.verdicts import NotGradable, RestsOn
from autograder.datasets import builtin
from autograder.errors import SubmissionError
from autograder.proving.cases import Case, Kind, cases
from autograder.report import Report
from autograder.sandbox import accelerators
from autograder.sandbox.accelerators import REAL
from autograder.worker import torch_device
from autograder.worker.adapter import Device

ROOT = Path(__file__).parents[2]
NAMES = ("text-cnn", "text-lstm")
CASES = {
    (name, case.name): case
    for name in NAMES
    for case in cases(load(ROOT / "assignments" / name), ROOT / "solutions" / name)
    if case.kind in (Kind.SOLUTION, Kind.MUTANT)
}
CHECKS = {
    "model": torch_devices.model,
    "predict": torch_devices.prediction,
    "fit": torch_devices.training,
    "objects": torch_devices.objects,
    "saving": device_saving.saving,
}


@pytest.fixture
def grading(torch_student):
    """A grading of a case's PyTorch module; nothing is trained but a few texts."""

    def grading(name: str, case: str, *replaced: tuple[str, str]) -> Grading:
        assignment = load(ROOT / "assignments" / name)
        text = source(CASES[name, case], name)
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        data = partial(builtin, train=8, test=4, seed=1)
        return Grading(assignment, torch_student(text), Recorder(Report(name)), seed=3, dataset=data)

    return grading


def source(case: Case, name: str) -> str:
    return next(text for file, text in case.files.items() if file.startswith("torch_"))


def refused(check, grading: Grading):
    with pytest.raises(SubmissionError) as caught:
        check(grading)
    return caught.value.finding


# -- the simulated GPU


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_holds_on_the_simulated_gpu(grading, name):
    graded = grading(name, "solution")
    said = {what: check(graded) for what, check in CHECKS.items()}
    assert said["model"].startswith("On a simulated GPU the model computes what it computes on the CPU, ")
    within = re.search(r"within (\S+)\.", said["fit"])
    assert within is None or float(within[1]) < 1e-6


def test_a_finding_says_where_which_tensor_and_what_to_do(grading):
    finding = refused(torch_devices.model, grading("text-lstm", "state-on-cpu"))
    assert re.search(
        r"While calling the model \(PyTorch\) on a simulated GPU, `zeros` \(float32 \[1, \d+, \d+\]\) is on the CPU, "
        r"where torch_text_cnn.py, line \d+ made it, and the others are on the device\.",
        finding.message,
    )
    assert re.search(
        r"torch_text_cnn.py, line \d+, in forward: .*self\.lstm\(packed, \(zeros, zeros\)\)", finding.found
    )
    assert "device=x.device" in finding.advice
    assert "Expected all tensors to be on the same device, but got" in finding.details


def test_what_rests_on_a_model_that_stays_behind_is_not_judged(grading):
    graded = grading("text-lstm", "mask-on-cpu")
    assert refused(torch_devices.model, graded).misconception == "made-on-cpu"
    for check in (torch_devices.prediction, torch_devices.training, torch_devices.objects, device_saving.saving):
        with pytest.raises(RestsOn):
            check(graded)


def test_results_that_depend_on_the_device_are_told(grading):
    other = ("return logits.cpu().numpy()", 'return (logits * (1 if device == "cpu" else 2)).cpu().numpy()')
    finding = refused(torch_devices.prediction, grading("text-cnn", "solution", other))
    assert finding.misconception == "other-on-device"
    assert finding.message == "predict returns something else on a GPU than on the CPU."


def test_a_training_that_depends_on_the_device_is_told(grading):
    other = ("lr=learning_rate", 'lr=learning_rate * (1 if device == "cpu" else 3)')
    finding = refused(torch_devices.training, grading("text-cnn", "solution", other))
    assert finding.misconception == "other-on-device"
    assert finding.expected.startswith("losses ")


def test_a_sum_of_losses_on_the_device_is_no_training_there(grading):
    elsewhere = (("model.to(device).train()", "model.train()"), ("token_ids[batch].to(device)", "token_ids[batch]"),
                 ("labels[batch].to(device)", "labels[batch]"))  # fmt: skip
    assert (
        refused(torch_devices.training, grading("text-cnn", "solution", *elsewhere)).misconception == "device-ignored"
    )


def test_a_model_whose_logits_alone_move_is_not_there(grading):
    logits = (("model.to(device).train()", "model.train()"),
              ("model(token_ids[batch].to(device))", "model(token_ids[batch]).to(device)"))  # fmt: skip
    finding = refused(torch_devices.training, grading("text-cnn", "solution", *logits))
    assert finding.message == "fit ignores its argument `device`: the model stays on the CPU."


def test_who_computes_on_the_device_when_told_the_cpu_ignores_the_argument(grading):
    always = ("model.to(device).eval()", 'model.to(device := "simgpu").eval()')
    finding = refused(torch_devices.prediction, grading("text-cnn", "solution", always))
    assert finding.message == "predict ignores its argument `device`: told to use the CPU, it uses the GPU."


def test_what_fails_by_name_too_is_not_blamed_on_the_object(grading):
    once = (
        "    was_training = model.training\n",
        "    was_training = model.training\n    assert len(token_ids) > 30\n",
    )
    graded = grading("text-cnn", "solution", once)  # 40 texts are predicted by name, and then 21 by either
    assert "raised AssertionError" in refused(torch_devices.objects, graded).message


@pytest.mark.parametrize("what", ["model", "predict", "fit"])
def test_what_fails_on_the_cpu_is_not_charged_here(grading, what):
    broken = {
        "model": ("x = self.embedding(token_ids)", "x = self.embeddings(token_ids)"),
        "predict": ("model.to(device).eval()", "model.to(device).evaluate()"),
        "fit": ("loss.backward()", "loss.backwards()"),
    }
    with pytest.raises(RestsOn):
        CHECKS[what](grading("text-cnn", "solution", broken[what]))


# -- a device that knows shapes alone


@pytest.fixture
def _shapes_alone(monkeypatch):
    def not_carried(folder: str) -> None:
        raise RuntimeError("no such hook")

    monkeypatch.setattr(torch_device, "Simulated", not_carried)


@pytest.mark.usefixtures("_shapes_alone")
@pytest.mark.parametrize("name", NAMES)
def test_shapes_alone_hold_nothing_against_the_solution(grading, name):
    graded = grading(name, "solution")
    said = [check(graded) for check in CHECKS.values()]
    assert any("Followed as far as shapes go, on a device that knows shapes alone. PyTorch " in text for text in said)


@pytest.mark.usefixtures("_shapes_alone")
@pytest.mark.parametrize(
    ("name", "case", "what"),
    [
        ("text-cnn", "device-labels-not-moved", "fit"),
        ("text-cnn", "device-numpy", "predict"),
        ("text-cnn", "cuda-instead-of-device", "fit"),
        ("text-cnn", "device-model-not-moved", "fit"),
        ("text-lstm", "mask-on-cpu", "model"),
        ("text-lstm", "cell-state-on-cpu", "model"),
    ],
)
def test_shapes_alone_catch_some_mistakes(grading, name, case, what):
    refused(CHECKS[what], grading(name, case))


# -- a real device


@pytest.fixture
def _card(monkeypatch):
    """A card that is there, and is the CPU."""
    monkeypatch.setattr(torch_device, "_real", lambda: (Device("mps", "cpu", "a card"), ""))
    monkeypatch.setattr(accelerators, "may_have_gpu", lambda: True)


@pytest.mark.usefixtures("_card")
@pytest.mark.parametrize("name", NAMES)
def test_the_same_checks_run_on_a_real_device(grading, name):
    graded = grading(name, "solution")
    graded.device_wanted = "real"
    assert torch_devices.training(graded).startswith("On a card fit trains to what it trains to on the CPU")


@pytest.mark.usefixtures("_card")
def test_a_real_device_is_asked_for(grading):
    assert "a simulated GPU" in torch_devices.model(grading("text-cnn", "solution"))


@pytest.mark.usefixtures("_card")
def test_what_fails_on_a_real_device_alone_costs_nothing(grading):
    def judge(graded: Grading) -> str:
        if graded.device_wanted == REAL:
            raise SubmissionError("The card is busy.")
        return "It holds."

    graded = grading("text-cnn", "solution")
    graded.device_wanted = REAL
    said = r"On a card this fails \(The card is busy\.\), but not on the simulated one: It holds\."
    with pytest.raises(NotGradable, match=said):
        devices._fairly(graded, judge)
    assert graded.device_wanted == REAL


@pytest.mark.usefixtures("_card")
def test_what_fails_on_the_simulated_device_too_is_told_in_its_words(grading):
    def judge(graded: Grading) -> str:
        raise SubmissionError(f"It fails where {graded.device_wanted} is wanted.")

    graded = grading("text-cnn", "solution")
    graded.device_wanted = REAL
    assert refused(partial(devices._fairly, judge=judge), graded).message == "It fails where simulated is wanted."


def test_tf32_is_allowed_for_and_mistakes_are_not():
    logits = np.random.default_rng(1).normal(size=(20, 3)) * 3
    tf32 = logits * (1 + 2**-11)
    assert not ROUNDING.agrees(tf32, logits)
    assert TF32.agrees(tf32, logits)
    assert not TF32.agrees(logits + 0.1, logits)


def test_a_training_in_tf32_agrees_and_another_one_does_not():
    rng = np.random.default_rng(1)
    run = Run(np.array([1.1, 0.9]), rng.normal(size=(20, 3)), {})
    assert Run(run.losses * 1.001, run.logits + 0.01, {}).agrees(run, TF32)
    assert not Run(run.losses, run.logits + 0.5, {}).agrees(run, TF32)
    assert not Run(run.losses + 0.5, run.logits, {}).agrees(run, TF32)
    assert Run(None, run.logits, {}).agrees(run, TF32)


# -- copies


def test_copies_are_told_by_the_batch():
    assert copies({"to_device": 12, "waits": 2}, 6, heeds_padding=False) == "2 copies to the device a batch."
    assert copies({"to_device": 6, "waits": 0}, 6, heeds_padding=False) == "1 copy to the device a batch."
    assert copies({"to_device": 18, "waits": 6}, 6, heeds_padding=True) == "3 copies to the device a batch."


def test_more_copies_and_waits_than_needed_are_told_with_their_lines():
    at = [["item() or a condition", "t.py, line 9", 6], ["an index by a mask", "", 1]]
    told = copies({"to_device": 18, "waits": 6, "waits_at": at}, 6, heeds_padding=False)
    assert told == (
        "3 copies to the device a batch; 2 are enough. In each batch the CPU waits for it once: item() or a condition "
        "in t.py, line 9; an index by a mask. Losses can be added up on the device, and read once an epoch."
    )
    told = copies({"to_device": 18, "waits": 12, "waits_at": at[1:]}, 6, heeds_padding=True)
    assert told.endswith("waits for it 2 times: an index by a mask.")


def test_what_was_not_counted_is_not_told():
    assert copies({}, 6, heeds_padding=False) == ""
    assert copies({"to_device": "many", "waits": 1}, 6, heeds_padding=False) == ""


@pytest.mark.parametrize(
    "at", [5, "item()", {"a": 1}, [5], [[1, 2, 3]], [["a"]], [[{}, [], 1]], [["x" * 10**6, "y" * 10**6, 1]] * 99]
)
def test_places_of_another_form_are_text_or_nothing(at):
    """A worker may say what it likes: the grader neither breaks nor repeats a megabyte."""
    told = copies({"to_device": 18, "waits": 30, "waits_at": at}, 6, heeds_padding=False)
    assert told.startswith("3 copies to the device a batch; 2 are enough. In each batch the CPU waits for it 5 times")
    assert len(told) < 4000


def test_a_scripted_model_that_the_simulated_device_can_not_run_costs_nothing(grading):
    scripted = ("def predict(", "_plain = build_model\n\n\ndef build_model(**sizes):\n"
                "    return torch.jit.script(_plain(**sizes))\n\n\ndef predict(")  # fmt: skip
    with pytest.raises(NotGradable, match="costs nothing"):
        torch_devices.model(grading("text-cnn", "solution", scripted))
