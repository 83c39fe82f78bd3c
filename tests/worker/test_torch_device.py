"""Which device a torch worker opens: torch's own answers are made up, since no machine of ours has a card."""

from __future__ import annotations

import pytest
import torch

from autograder.worker import torch_device
from autograder.worker.adapter import Device


class Simulation:
    def __init__(self, folder: str, why: str = "") -> None:
        self.device = Device("simulated", "simgpu", "a simulated GPU", why)


@pytest.fixture
def machine(monkeypatch):
    """Makes torch say that it has these devices; ``broken``: with one that can't compute."""
    monkeypatch.setattr(torch_device, "Simulated", Simulation)

    def machine(*, cuda=False, mps=False, broken="") -> list[str]:
        ones, computed_on = torch.ones, []

        def compute(number, device):
            computed_on.append(device)
            if broken:
                raise RuntimeError(broken)
            return ones(number)

        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "NVIDIA H100")
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(torch, "ones", compute)
        return computed_on

    return machine


@pytest.mark.parametrize(
    ("has", "device"),
    [
        ({"cuda": True}, Device("cuda", "cuda", "NVIDIA H100")),
        ({"cuda": True, "mps": True}, Device("cuda", "cuda", "NVIDIA H100")),
        ({"mps": True}, Device("mps", "mps", "Apple's GPU")),
    ],
)
def test_a_real_device_is_taken_once_it_has_computed(machine, has, device):
    computed_on = machine(**has)
    assert torch_device.open_device("real", "").device == device
    assert computed_on == [device.name]


def test_without_one_the_device_is_simulated_and_says_why(machine):
    assert machine() == []
    why = f"PyTorch {torch.__version__} finds no GPU on this machine"
    assert torch_device.open_device("real", "").device == Device("simulated", "simgpu", "a simulated GPU", why)


def test_one_that_cannot_compute_is_not_taken(machine):
    machine(cuda=True, broken="CUDA error: out of memory\nCompile with TORCH_USE_CUDA_DSA")
    found = torch_device.open_device("real", "").device
    assert found.kind == "simulated"
    assert found.why.endswith("can't compute on this machine's GPU (RuntimeError: CUDA error: out of memory)")


def test_who_wants_the_simulated_one_gets_it_and_no_card_is_touched(machine):
    computed_on = machine(cuda=True)
    assert torch_device.open_device("simulated", "").device == Device("simulated", "simgpu", "a simulated GPU")
    assert computed_on == []


def test_where_neither_works_both_reasons_are_said(machine, monkeypatch):
    def refused(*_):
        raise AttributeError("no such hook")

    machine()
    monkeypatch.setattr(torch_device, "Simulated", refused)
    found = torch_device.open_device("real", "").device
    assert (found.kind, found.name) == ("shapes", "meta")
    assert "finds no GPU on this machine; PyTorch" in found.why
    assert "doesn't carry the simulated GPU (AttributeError: no such hook)" in found.why


def test_a_card_tells_by_its_memory_whether_it_was_used(monkeypatch):
    memory = {"now": 100, "peak": 100}
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda: memory["now"])
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: memory["peak"])
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda: memory.update(peak=memory["now"]))
    card = torch_device.Card(Device("cuda", "cuda", "a card"))
    assert card.take_trace()["computed"] == 0
    memory["peak"] = 180  # something was there, and is gone
    assert card.take_trace()["computed"] == 1
    assert card.take_trace()["computed"] == 0
