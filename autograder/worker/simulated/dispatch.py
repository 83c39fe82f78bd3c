"""Tensors on the simulated GPU, and the dispatcher between it and the CPU.

A tensor on the device is a wrapper without memory of its own around a tensor on the CPU. Operations come to
:func:`_run`, which asks where the operands are, computes with what the wrappers hold, and wraps the results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from autograder.worker.simulated import origins
from autograder.worker.simulated.refusals import COPIES, about, refuse
from autograder.worker.simulated.substitutes import SUBSTITUTES
from autograder.worker.simulated.watch import HERE, NAME, WATCH

CPU: Final = torch.device("cpu")

aten = torch.ops.aten
# Tell the CPU a value, or a size that depends on values: it has to wait for the device.
_WAITS: Final = {
    aten._local_scalar_dense.default: "item() or a condition",
    **dict.fromkeys((aten.nonzero.default, aten.masked_select.default), "an index by a mask"),
    **dict.fromkeys((aten._unique2.default, aten.unique_consecutive.default, aten.unique_dim.default), "unique()"),
    aten.equal.default: "equal()",
    aten.bincount.default: "bincount()",
}


class DeviceTensor(Tensor):
    """A tensor on the simulated device."""

    raw: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @staticmethod
    def __new__(cls, raw: Tensor) -> DeviceTensor:
        made: DeviceTensor = Tensor._make_wrapper_subclass(
            cls,
            raw.size(),
            strides=raw.stride(),
            storage_offset=raw.storage_offset(),
            dtype=raw.dtype,
            device=torch.device(HERE),
        )
        made.raw = raw
        return made

    def __init__(self, raw: Tensor) -> None:
        """Everything is done by ``__new__``."""

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        return f"{self.raw!r}"[:-1] + f", device='{HERE}')"

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # type: ignore[override]
        return _run(func, args, kwargs or {})

    def numpy(self, *, force: bool = False) -> Any:
        """As on any device but the CPU: refused, unless forced."""
        if force:
            return self.detach().cpu().numpy()
        raise about(
            TypeError(
                f"can't convert {HERE} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory "
                f"first."
            ),
            "numpy",
        )

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Saved as torch saves tensors of devices whose memory it can't read: as one of the CPU that was there."""
        content = (self.detach().cpu(), self.dtype, HERE, self.requires_grad)
        return torch._utils._rebuild_device_tensor_from_cpu_tensor, content

    def __array__(self, dtype: object = None, copy: object = None) -> Any:
        return self.numpy()

    def tolist(self) -> Any:
        waits("tolist()")
        return self.detach().raw.tolist()  # type: ignore[attr-defined]

    def __format__(self, specification: str) -> str:
        return format(self.item() if self.dim() == 0 else repr(self), specification)

    @property
    def data(self) -> Tensor:
        return self.detach()

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, DeviceTensor):
            raise RuntimeError("Attempted to call `variable.set_data(tensor)`, but `variable` and `tensor` have "
                               "incompatible tensor type.")  # fmt: skip
        Tensor.data.__set__(self, value)  # type: ignore[attr-defined]
        self.raw = value.raw


class Watching(TorchDispatchMode):
    """Shows the dispatcher what happens on the CPU as well: tensors that are made there, and where."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if _rules(func).is_composite:  # as they come under torch.inference_mode; else torch has taken them apart
            with self:
                return func.decompose(*args, **(kwargs or {}))
        return _run(func, args, kwargs or {})


def _run(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    operands = list(_tensors(args))
    if kwargs:
        operands += _tensors(kwargs.values())
    there = any(type(x) is DeviceTensor for x in operands)
    here = [x for x in operands if type(x) is not DeviceTensor]
    if there:
        refuse(func, args, here)
    to_device = there
    if kwargs:
        to_device = _goes_to_device(kwargs, there)
        if (generator := kwargs.get("generator")) is not None:
            _refuse_generator(generator, to_device)
        if to_device:
            kwargs = {name: CPU if name == "device" and v is not None else v for name, v in kwargs.items()}
    _count(func, operands, there, to_device)
    rules = _rules(func)
    with torch._C._DisableTorchDispatch():
        outputs = rules.compute(*map(held, args), **{name: held(value) for name, value in kwargs.items()})
        if there and rules.changes_shape:
            func(*args, **kwargs)  # such as transpose_: the wrapper's own shape has to change as well
    if rules.returns_operands:
        return _given_back(func, args, kwargs)
    if func is aten._pack_padded_sequence.default and there:
        return DeviceTensor(outputs[0]), outputs[1]  # batch sizes stay on the CPU
    if to_device:
        return _wrapped(outputs)
    _note_origin(func, outputs, here, there)
    return outputs


@dataclass(frozen=True)
class _Rules:
    """How to go about one operation.

    Attributes:
        compute: What computes it on the CPU.
        is_composite: Whether it only calls others.
        changes_shape: Whether it changes its operand's shape in place.
        returns_operands: Whether it returns what it wrote to, and nothing else.
    """

    compute: Callable[..., Any]
    is_composite: bool
    changes_shape: bool
    returns_operands: bool


@cache
def _rules(func: Any) -> _Rules:
    returns = func._schema.returns
    written = [r for r in returns if r.alias_info is not None and r.alias_info.is_write]
    in_place = func._schema.is_mutable and len(written) == len(returns)
    is_composite = func.has_kernel_for_dispatch_key(torch._C.DispatchKey.CompositeImplicitAutograd)
    return _Rules(SUBSTITUTES.get(func, func), is_composite, torch.Tag.inplace_view in func.tags, in_place)


def _tensors(values: Iterable[Any]) -> Iterator[Tensor]:
    """The tensors among an operation's arguments, which are nested once at most."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from (entry for entry in value if isinstance(entry, Tensor))


def held(value: Any) -> Any:
    """What the device's tensors in an argument hold."""
    if type(value) is DeviceTensor:
        return value.raw
    return [held(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def _wrapped(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(map(_wrapped, value))
    return DeviceTensor(value) if isinstance(value, Tensor) else value


def _goes_to_device(kwargs: Mapping[str, Any], there: bool) -> bool:
    asked = kwargs.get("device")
    return there if asked is None else torch.device(asked).type == NAME


def _refuse_generator(generator: torch.Generator, to_device: bool) -> None:
    """Raise what CUDA would for a generator of the other side.

    Torch hands it over as another object, so it is known by its state; two that were seeded alike are not told apart.
    """
    state = generator.get_state()
    there, here = (
        any(torch.equal(state, known.get_state()) for known in made)
        for made in (WATCH.generators, WATCH.generators_of_cpu)
    )
    if to_device and not there:
        raise RuntimeError(f"Expected a '{NAME}' device type for generator but found 'cpu'")
    if not to_device and there and not here:
        raise RuntimeError(f"Expected a 'cpu' device type for generator but found '{NAME}'")


def _given_back(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What an in-place operation returns: the very tensors that it was given and wrote to."""
    given = [(a, args[i] if i < len(args) else kwargs.get(a.name)) for i, a in enumerate(func._schema.arguments)]
    written = [value for a, value in given if a.alias_info is not None and a.alias_info.is_write]
    returned = written[: len(func._schema.returns)]
    return returned[0] if len(returned) == 1 else tuple(returned) or None


def waits(what: str) -> None:
    """Count a moment at which the CPU has to wait for the device, in the student's line that runs."""
    WATCH.trace.waits[what, origins.line(WATCH.folder)] += 1


def _count(func: Any, operands: Sequence[Tensor], there: bool, to_device: bool) -> None:
    trace = WATCH.trace
    if func in COPIES:
        target_there = isinstance(operands[0], DeviceTensor) if func is aten.copy_.default else to_device
        source = operands[-1] if func is aten.copy_.default else operands[0]
        source_there = isinstance(source, DeviceTensor)
        if target_there and not source_there and (source.dim() or func is not aten.copy_.default):
            of_parameter = origins.is_a_models(source)
            trace.parameters += of_parameter
            trace.to_device += not of_parameter
        if source_there and not target_there:
            trace.to_host += 1
            waits("a copy back")
    elif func in _WAITS and there:
        waits(_WAITS[func])
    elif there and any(type(x) is DeviceTensor and x.dim() for x in operands):
        trace.computed += 1


def _note_origin(func: Any, outputs: Any, here: list[Tensor], there: bool) -> None:
    if there:
        if func in COPIES:
            origins.note(outputs, origins.brought_here(WATCH.folder))
    elif here:
        origins.note(outputs, origins.origin_among(here))
    else:
        origins.note(outputs, origins.made_here(WATCH.folder))
