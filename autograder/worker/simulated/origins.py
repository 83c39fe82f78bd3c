"""Where a tensor on the CPU came from, and what the student calls it: what an error about devices has to say."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.utils.weak import WeakTensorKeyDictionary

from autograder.worker.simulated.watch import WATCH


class Source(StrEnum):
    """How a tensor came to be on the CPU."""

    PARAMETER = "parameter"  # of a model
    GIVEN = "given"  # from NumPy, or made before anybody looked: the batch, the labels
    MADE = "made"  # by an operation that makes a tensor of nothing, such as torch.zeros
    BROUGHT = "brought"  # copied back from the device


@dataclass(frozen=True)
class Origin:
    """A source, with the student's line where it happened, and the parameter's identity where it is one's."""

    source: Source
    line: str = ""
    parameter: int = 0


@dataclass(frozen=True)
class Culprit:
    """A tensor that is not where it should be.

    Attributes:
        origin: Where it came from.
        name: What the student's code calls it, such as ``mask`` or ``self.convs[0].weight``; empty when nothing.
        kind: Its dtype and shape, such as ``int64 [8, 12]``.
    """

    origin: Origin
    name: str
    kind: str


_ORIGINS: Final = WeakTensorKeyDictionary()  # no attributes of the tensors: those would be saved with them


def note(outputs: Any, origin: Origin) -> None:
    """Remember where new tensors on the CPU came from."""
    for output in outputs if isinstance(outputs, (tuple, list)) else (outputs,):
        if isinstance(output, Tensor):
            _ORIGINS[output] = origin


def origin_of(tensor: Tensor) -> Origin:
    if isinstance(tensor, nn.Parameter):
        return Origin(Source.PARAMETER, parameter=id(tensor))
    noted: Origin = _ORIGINS.get(tensor, Origin(Source.GIVEN))
    return noted


def is_a_models(tensor: Tensor) -> bool:
    """Whether its numbers are those of a parameter: of any, or, seen through a detached one, of a model's."""
    if isinstance(tensor, nn.Parameter):
        return True
    there = _memory(tensor)
    return any(_memory(p) == there for model in WATCH.models for p in model.parameters())


def origin_among(tensors: list[Tensor]) -> Origin:
    """The origin that a result takes over from its operands: a parameter's, or else the first one's.

    So a batch that is taken out of the given texts by random indices is a given one.
    """
    found = [origin_of(tensor) for tensor in tensors]
    return next((origin for origin in found if origin.source is Source.PARAMETER), found[0])


def made_here(folder: str) -> Origin:
    """Of a tensor that the student's current line makes."""
    return Origin(Source.MADE, line(folder))


def brought_here(folder: str) -> Origin:
    """Of a tensor that the student's current line copies back."""
    return Origin(Source.BROUGHT, line(folder))


def describe(tensor: Tensor, folder: str) -> Culprit:
    """Who that tensor is, in the student's words."""
    kind = f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"
    return Culprit(origin_of(tensor), name_of(tensor, folder), kind)


def inside_a_model(folder: str) -> bool:
    """Whether the student's innermost line is in a forward pass, or was called from one."""
    return any(frame.f_code.co_name == "forward" for frame in _frames(folder))


def line(folder: str) -> str:
    """The student's line that runs, such as ``torch_text_cnn.py, line 12``; empty where none does."""
    frame = next(_frames(folder), None)
    return "" if frame is None else f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}"


def _frames(folder: str) -> Iterator[FrameType]:
    """The student's frames, the innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.startswith(folder):
            yield frame
        frame = frame.f_back


def name_of(tensor: Tensor, folder: str) -> str:
    """What the student's code calls a tensor, on either side; empty when nothing."""
    for frame in _frames(folder):
        for name, value in _values(frame):
            if _is_same(value, tensor):
                return name
    return ""


def _values(frame: FrameType) -> Iterator[tuple[str, Any]]:
    """Variables, what stands in lists and tuples of them, attributes of ``self``, and parameters of modules therein."""
    local = frame.f_locals
    yield from local.items()
    attributes = {f"self.{name}": value for name, value in getattr(local.get("self"), "__dict__", {}).items()}
    yield from attributes.items()
    for name, value in (*local.items(), *attributes.items()):
        if isinstance(value, (list, tuple)):
            yield from ((f"{name}[{index}]", entry) for index, entry in enumerate(value[:100]))
            yield from _parameters([(f"{name}[{i}]", entry) for i, entry in enumerate(value[:100])])
    yield from _parameters(list(attributes.items()))
    yield from _parameters(list(local.items()))


def _parameters(values: list[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for name, value in values:
        if isinstance(value, nn.Module) and name != "self":
            yield from ((f"{name}.{inner}", parameter) for inner, parameter in value.named_parameters())


def _is_same(value: Any, tensor: Tensor) -> bool:
    if value is tensor:
        return True
    if not isinstance(value, Tensor) or value.device != tensor.device or value.layout is not torch.strided:
        return False
    there = _memory(tensor)
    return bool(there) and _memory(value) == there


def _memory(tensor: Tensor) -> int:
    """Where its numbers are: a tensor on the device holds them in one of the CPU."""
    held = getattr(tensor, "raw", tensor)
    return int(held.untyped_storage().data_ptr())
