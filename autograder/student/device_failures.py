"""Names the mistake behind an exception about devices: which tensor is on the wrong side, how it came there.

The worker tells what an error is about as plain data (autograder.worker.simulated.refusals); here it gets its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

HARD_CODED = "hard-coded-cuda"
NOT_REGISTERED = "layers-in-plain-list"
NAMED = "hard-coded-device"
MIXED = frozenset({"made-on-cpu", "back-to-cpu", "labels-not-moved", "batch-not-moved", "model-not-moved",
                   "index-on-device", "lengths-on-device", "numpy-of-device-tensor"})  # fmt: skip
NOT_SIMULATED = "not-simulated"  # no mistake: what the grader's device lacks
_NOT_SIMULATED = re.compile(r"'(simgpu|PrivateUse1)' backend|PrivateUse1HooksInterface")
# A script calls the dispatcher from C++, where what the simulated device says to an operation gets lost.
_SCRIPT_ON_SIMULATED = re.compile(r"The following operation failed in the TorchScript .*RuntimeError:", re.DOTALL)
_NO_CUDA = re.compile(r"not compiled with CUDA|Found no NVIDIA driver|No CUDA GPUs|Cannot access accelerator device")

_NO_SUCH_DEVICE = re.compile(r"Could not satisfy device specification '(?:[^']*device:)?([^']*)'")


@dataclass(frozen=True)
class Explanation:
    """What is wrong, as the rest of a sentence that says what was being done; what to try; the mistake's key."""

    message: str
    advice: str
    key: str


def explain(facts: Mapping[str, str], kind: str, said: str) -> Explanation | None:
    """The explanation of an exception; None where it is about something else.

    Args:
        facts: What the worker says that it is about; empty where it says nothing.
        kind: The exception's type.
        said: Its text.
    """
    refused = kind == "NotImplementedError" and _NOT_SIMULATED.search(said)
    if refused or (kind == "RuntimeError" and _SCRIPT_ON_SIMULATED.fullmatch(said.strip())):
        said = "your code does what the simulated GPU can't"
        return Explanation(said, "It may work on a real one.", NOT_SIMULATED)
    if _NO_CUDA.search(f"{kind}: {said}"):
        return Explanation(
            "your code asked for CUDA by name, and there is none here",
            'Compute on the argument `device`, which is "cpu" unless somebody says otherwise: no .cuda(), no "cuda" '
            "in your code.",
            HARD_CODED,
        )
    if asked := _NO_SUCH_DEVICE.search(said):
        return Explanation(
            f"your code asked for the device {asked[1]} by name, and there is none here",
            "Name no device: Keras computes on a GPU by itself where there is one.",
            NAMED,
        )
    return {"mixed": _mixed, "index": _index, "lengths": _lengths, "numpy": _numpy}.get(
        facts.get("what", ""), _nothing
    )(facts)


def _nothing(_: Mapping[str, str]) -> None:
    return None


def _mixed(facts: Mapping[str, str]) -> Explanation:
    source = facts.get("source")
    if source == "parameter":
        return _parameter(facts)
    if source == "made":
        return Explanation(
            f"{_tensor(facts)} is on the CPU, where {_made(facts)} made it, and the others are on the device",
            "Make it where its partners are: torch.zeros(..., device=x.device), x.new_zeros(...) or "
            "torch.zeros_like(x). What a model keeps for good is registered by register_buffer, and moves with it.",
            "made-on-cpu",
        )
    if source == "brought":
        return Explanation(
            f"{_tensor(facts)} was copied back to the CPU ({_made(facts)}), and the others are still on the device",
            "Leave out .cpu() between a model's layers: only lengths for packing, and the result, go back.",
            "back-to-cpu",
        )
    if facts.get("argument") == "target":
        return Explanation(
            f"the labels{_called(facts)} are still on the CPU, and the logits are on the device",
            "Move the labels of each batch, too: targets = labels[batch].to(device).",
            "labels-not-moved",
        )
    return Explanation(
        f"{_tensor(facts)} is still on the CPU, and the model is on the device",
        "Move each batch to the device before the model gets it: batch = batch.to(device). A bare batch.to(device) has "
        "no effect: `to` returns the moved tensor.",
        "batch-not-moved",
    )


def _parameter(facts: Mapping[str, str]) -> Explanation:
    if facts.get("registered") == "True":
        return Explanation(
            f"the model is still on the CPU ({_tensor(facts)}), and its input is on the device",
            "Move the model first: model.to(device).",
            "model-not-moved",
        )
    return Explanation(
        f"{_tensor(facts)} did not move to the device with the model, which doesn't know of it",
        "model.to(device) moves what is registered: keep layers in attributes, nn.ModuleList or nn.ModuleDict, not in "
        "plain lists.",
        NOT_REGISTERED,
    )


def _index(facts: Mapping[str, str]) -> Explanation:
    index = f"`{facts['index']}`" if facts.get("index") else "an index"
    return Explanation(
        f"{index} is on the device, and takes rows of {_tensor(facts)}, which is on the CPU",
        "Draw the order on the CPU, by randperm without `device`, and move each batch; or move all the data to the "
        "device first.",
        "index-on-device",
    )


def _lengths(facts: Mapping[str, str]) -> Explanation:
    return Explanation(
        f"pack_padded_sequence got its lengths, {_tensor(facts)}, on the device",
        "It wants them in the computer's own memory, wherever the texts are: lengths.cpu().",
        "lengths-on-device",
    )


def _numpy(_: Mapping[str, str]) -> Explanation:
    return Explanation(
        "NumPy was handed a tensor that lies on the device",
        "NumPy sees the computer's own memory alone: logits.cpu().numpy().",
        "numpy-of-device-tensor",
    )


def _called(facts: Mapping[str, str]) -> str:
    return f", {_tensor(facts)}," if facts.get("name") else f" ({facts.get('kind', '')})"


def _tensor(facts: Mapping[str, str]) -> str:
    name, kind = facts.get("name", ""), facts.get("kind", "")
    return f"`{name}` ({kind})" if name else f"a tensor ({kind})" if kind else "a tensor"


def _made(facts: Mapping[str, str]) -> str:
    return facts.get("made") or "the framework"
