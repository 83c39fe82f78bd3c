"""``autograder devices`` and ``--device``: what a machine offers, and what is taken of it."""

from __future__ import annotations

import json
import os

import pytest

from autograder.blueprint import Framework
from autograder.cli import devices
from autograder.errors import InternalError
from autograder.report import Report
from autograder.sandbox import accelerators
from autograder.student.values import DeviceInUse

CARD = DeviceInUse("cuda", "cuda", "NVIDIA H100")
PLACE = DeviceInUse("simulated", "CPU:1", "a second processor in a GPU's place")
NONE_HERE = pytest.mark.skipif(os.path.exists("/dev/nvidiactl"), reason="this machine has a card")  # noqa: PTH110

WANTED = """
from gradescope_utils.autograder_utils.decorators import number, weight

@number("3.1")
@weight(2)
def test_wanted(grading, note):
    "The device is the one that was wanted."
    note(f"Wanted: {grading.device_wanted}.")
"""


@pytest.fixture
def offers(grader, monkeypatch):
    """Makes the workers of each framework say this; an error is raised."""

    def offers(torch, keras=PLACE, *, gpu=True):
        found = {Framework.TORCH: torch, Framework.KERAS: keras}

        def offer(framework):
            if isinstance(found[framework], Exception):
                raise found[framework]
            return found[framework]

        monkeypatch.setattr(grader, "offer", offer)
        monkeypatch.setattr(grader, "versions_of", lambda framework: {framework.value: "1.2.3"})
        monkeypatch.setattr(accelerators, "may_have_gpu", lambda: gpu)

    return offers


def test_a_machine_with_a_card(autograder, offers, tmp_path):
    offers(CARD)
    done = autograder("devices", cwd=tmp_path)
    assert done.code == 0
    assert done.out == (
        "This machine offers: cpu, cuda, gpu Device checks would run on: "
        "Keras a second processor in a GPU's place keras 1.2.3 PyTorch NVIDIA H100 torch 1.2.3"
    )


def test_a_machine_without(autograder, offers, tmp_path):
    offers(DeviceInUse("simulated", "simgpu", "a simulated GPU", "PyTorch is too old"), gpu=False)
    done = autograder("devices", cwd=tmp_path)
    assert "This machine offers: cpu It has no GPU" in done.out
    assert "PyTorch a simulated GPU PyTorch is too old torch 1.2.3" in done.out


def test_a_framework_that_cannot_say_does_not_keep_the_other_from_it(autograder, offers, tmp_path):
    offers(CARD, InternalError("Keras doesn't start\nat all"))
    done = autograder("devices", cwd=tmp_path)
    assert done.code == 0
    assert "This machine offers: cpu, cuda, gpu" in done.out
    assert "Keras nothing (Keras doesn't start at all)" in done.out


def test_as_json(autograder, offers, tmp_path):
    offers(CARD, InternalError("Keras doesn't start"))
    told = json.loads(autograder("devices", "--json", cwd=tmp_path).out)
    assert told.pop("system")
    assert told.pop("machine")
    assert told == {
        "schema": "autograder-devices/1",
        "tags": ["cpu", "cuda", "gpu"],
        "frameworks": {
            "keras": {"tags": ["cpu"], "device": None, "why": "Keras doesn't start", "versions": {"keras": "1.2.3"}},
            "torch": {
                "tags": ["cpu", "cuda", "gpu"],
                "device": {"kind": "cuda", "label": "NVIDIA H100", "why": ""},
                "why": "",
                "versions": {"torch": "1.2.3"},
            },
        },
    }


@NONE_HERE
def test_real_workers_are_asked(autograder, tmp_path):
    told = json.loads(autograder("devices", "--json", cwd=tmp_path).out)
    assert told["schema"] == devices.SCHEMA
    assert told["tags"] == ["cpu"]
    torch = told["frameworks"]["torch"]
    assert torch["device"] == {"kind": "simulated", "label": "a simulated GPU", "why": ""}
    assert {"torch", "numpy"} <= torch["versions"].keys()


@pytest.mark.parametrize(("more", "wanted"), [((), "real"), (("--device", "auto"), "real"),
                                              (("--device", "simulated"), "simulated")])  # fmt: skip
def test_the_device_is_chosen(autograder, mini, more, wanted):
    mini.check(WANTED)
    out = mini.top / "out"
    submitted = mini.submit()
    autograder("grade", submitted, "--assignment", mini.assignment, "--out", out, "--only", "3", *more, cwd=mini.top)
    report = Report.from_json((out / "report.json").read_text(encoding="utf-8"))
    assert report.checks[0].note == f"Wanted: {wanted}."
    for file in submitted.iterdir():
        file.rename(mini.assignment / file.name)
    assert f"Wanted: {wanted}." in autograder("check", "--only", "3", *more, cwd=mini.assignment).out


def test_another_device_is_refused_with_the_known_ones(autograder, mini):
    done = autograder("check", "--device", "tpu", cwd=mini.assignment)
    assert done.code == 2
    assert "'tpu' is not one of 'auto', 'simulated'" in done.err
