"""What CUDA refuses, in its own words (of torch 2.13), with the facts for whoever explains it to a student."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor

from autograder.worker.simulated import origins
from autograder.worker.simulated.origins import Origin, Source
from autograder.worker.simulated.watch import HERE, NAME, WATCH

FACTS: Final = "device_facts"  # attribute of an error: what it is about, as plain data

aten = torch.ops.aten
# Operations that may have operands on both sides: copies, and a table on the device with indices on the CPU.
COPIES: Final = frozenset({aten._to_copy.default, aten.copy_.default, aten._copy_from.default})
_INDEXED: Final = frozenset({
    aten.index.Tensor, aten.index_put_.default, aten.index_put.default, aten._index_put_impl_.default,
})  # fmt: skip
_MAY_MIX: Final = COPIES | {aten._pack_padded_sequence_backward.default, aten.set_.source_Tensor}

_RECURRENT: Final = re.compile(
    r"Input and (\w+) tensors are not at the same device, found input tensor at (\w+)\S* and \w+ tensor at (\w+)"
)


def refuse(func: Any, args: Sequence[Any], here: list[Tensor]) -> None:
    """Raise what CUDA would for an operation on the device.

    Args:
        func: The operation.
        args: Its arguments.
        here: The tensors among them that are on the CPU; one without axes may be read anywhere.
    """
    if func is aten._pack_padded_sequence.default:
        if _is_there(args[1]):
            kind = str(args[1].dtype).removeprefix("torch.").replace("int64", "Long").replace("int32", "Int")
            text = f"'lengths' argument should be a 1D CPU int64 tensor, but got {args[1].dim()}D {HERE} {kind} tensor"
            raise about(RuntimeError(text), "lengths", args[1])
    elif func in _INDEXED:
        if not _is_there(args[0]) and args[0].dim():
            text = "indices should be either on cpu or on the same device as the indexed tensor (cpu)"
            raise about(RuntimeError(text), "index", args[0], index=_index_name(args[1]))
    elif (
        here
        and func not in _MAY_MIX
        and (far := [t for t in here if t.dim() or (t is args[0] and func._schema.is_mutable)])
    ):
        name = next((a.name for a, value in zip(func._schema.arguments, args, strict=False) if value is far[0]), "")
        raise about(RuntimeError(_mixed(func, name)), "mixed", far[0], argument=name)


def _index_name(indices: Any) -> str:
    """What the student's code calls the index that is on the device."""
    there = next((index for index in indices if _is_there(index)), None)
    return "" if there is None else origins.name_of(there, WATCH.folder)


def _mixed(func: Any, name: str) -> str:
    if torch.Tag.pointwise in func.tags or not name:
        return f"Expected all tensors to be on the same device, but found at least two devices, {HERE} and cpu!"
    return (
        f"Expected all tensors to be on the same device, but got {name} is on cpu, different from other tensors on "
        f"{HERE} (when checking argument in method {func.overloadpacket.__name__})"
    )


def about(error: Exception, what: str, tensor: Tensor | None = None, **more: str) -> Exception:
    """The error, with what it is about as plain data for whoever explains it."""
    facts: dict[str, Any] = {"what": what, **more}
    if tensor is not None:
        culprit = origins.describe(tensor, WATCH.folder)
        facts |= {"name": culprit.name, "kind": culprit.kind, "source": culprit.origin.source.value,
                  "made": culprit.origin.line, "registered": _is_registered(culprit.origin)}  # fmt: skip
    setattr(error, FACTS, facts)
    return error


def complete(error: RuntimeError) -> None:
    """Add the facts to an error of torch's own recurrent layers, which look at devices before any operation runs."""
    found = _RECURRENT.search(str(error))
    if found is None or hasattr(error, FACTS):
        return
    what, input_at, other_at = found.groups()
    if "cpu" not in (input_at, other_at):
        return
    if what == "parameter" and other_at == "cpu":
        moved = any(p.device.type == NAME for model in WATCH.models for p in model.parameters())
        setattr(error, FACTS, {"what": "mixed", "source": Source.PARAMETER.value, "registered": not moved})
        return
    tensor, name = _latest_on_cpu(error)
    if tensor is not None:
        about(error, "mixed", tensor)
        getattr(error, FACTS)["name"] = name
    else:
        setattr(error, FACTS, {"what": "mixed", "source": Source.MADE.value if other_at == "cpu" else ""})


def _latest_on_cpu(error: RuntimeError) -> tuple[Tensor | None, str]:
    """The tensor on the CPU that the student's innermost line has at hand, and its name."""
    step, frame = error.__traceback__, None
    while step is not None:
        if step.tb_frame.f_code.co_filename.startswith(WATCH.folder):
            frame = step.tb_frame
        step = step.tb_next
    for name, value in reversed(list(frame.f_locals.items() if frame else ())):
        for entry in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(entry, Tensor) and entry.is_floating_point() and entry.device.type == "cpu":
                return entry, name
    return None, ""


def _is_registered(origin: Origin) -> bool:
    """Whether it is a parameter of a model that the student's build_model returned."""
    return any(id(p) == origin.parameter for model in WATCH.models for p in model.parameters())


def _is_there(value: Any) -> bool:
    return isinstance(value, Tensor) and value.device.type == NAME
