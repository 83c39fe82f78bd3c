"""What torch asks of a device beside its operations, and would find on a GPU."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any, Self

import torch
from torch import Tensor
from torch.utils._device import _device_constructors
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

from autograder.worker.simulated import origins
from autograder.worker.simulated.dispatch import DeviceTensor, held, waits
from autograder.worker.simulated.watch import NAME, WATCH


def register() -> Any:
    """Make torch know the device.

    Returns:
        What has to be kept as long as the device is to work.
    """
    torch.__future__.set_swap_module_params_on_conversion(True)
    torch.utils.swap_tensors = exchange
    torch.Generator = Generator  # type: ignore[misc]
    torch.Tensor.pin_memory = _pinned  # type: ignore[assignment, method-assign]
    backend = _Backend()
    torch.accelerator.synchronize = backend.synchronize
    torch.nn.Module._apply = _outside_inference(torch.nn.Module._apply)  # type: ignore[method-assign]
    _device_constructors()  # remembers these functions as they are, for torch.set_default_device
    for name in ("tensor", "as_tensor", "from_numpy"):
        setattr(torch, name, _noting(getattr(torch, name)))
    _setup_privateuseone_for_python_backend(NAME, backend_module=backend)
    library = torch.library.Library("aten", "IMPL")
    library.impl("empty_strided", _empty_strided, "PrivateUse1")
    library.impl("empty.memory_format", _empty, "PrivateUse1")
    library.impl("_copy_from", _copy_from, "PrivateUse1")
    library.impl("_local_scalar_dense", _number, "PrivateUse1")
    return library


def exchange(one: Tensor, other: Tensor) -> None:
    """Exchange the contents of two tensors, so that a parameter keeps its identity when its model moves.

    On CUDA it does, and an optimizer that has it follows. torch's own function for this refuses a parameter that a
    graph still refers to, which a move to CUDA doesn't mind.
    """
    one.__class__, other.__class__ = other.__class__, one.__class__
    one.__dict__, other.__dict__ = other.__dict__, one.__dict__
    torch._C._swap_tensor_impl(one, other)


class Generator(torch.Generator):
    """Random numbers for either side: the device's come from a generator of the CPU, too."""

    def __new__(cls, device: Any = "cpu") -> Self:
        there = torch.device(device).type == NAME
        made = super().__new__(cls, "cpu" if there else device)  # type: ignore[call-arg]
        (WATCH.generators if there else WATCH.generators_of_cpu).add(made)
        return made


def _pinned(tensor: Tensor, device: Any = None) -> Tensor:  # noqa: ARG001 - torch's signature
    """Memory that a GPU can read by itself: any will do here."""
    if isinstance(tensor, DeviceTensor):
        raise RuntimeError(f"cannot pin 'torch.{NAME}.Tensor' only dense CPU tensors can be pinned")
    return tensor


def _outside_inference(apply: Callable[..., Any]) -> Callable[..., Any]:
    """A model that is moved under torch.inference_mode keeps parameters that can be trained, as it does on CUDA."""

    @functools.wraps(apply)
    def moved(*args: Any, **kwargs: Any) -> Any:
        with torch.inference_mode(mode=False):
            return apply(*args, **kwargs)

    return moved


def _noting(make: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A function that makes tensors of numbers, unseen by the dispatcher: what a model makes is then known as made."""

    @functools.wraps(make)
    def noting(*args: Any, **kwargs: Any) -> Tensor:
        made = make(*args, **kwargs)
        if not isinstance(made, DeviceTensor) and origins.inside_a_model(WATCH.folder):
            origins.note(made, origins.made_here(WATCH.folder))
        return made

    return noting


class _Backend:
    """``torch.simgpu``, as ``torch.cuda`` is for CUDA."""

    def is_initialized(self) -> bool:
        return True

    def is_available(self) -> bool:
        return True

    def current_device(self) -> int:
        return 0

    def device_count(self) -> int:
        return 1

    def set_device(self, device: Any) -> None:
        """There is one."""

    def synchronize(self, device: Any = None) -> None:
        """Everything is done at once."""

    def empty_cache(self) -> None:
        """There is none."""

    def manual_seed(self, seed: int) -> None:
        """The CPU's generator serves the device, too, and torch seeds that one itself."""

    manual_seed_all = manual_seed

    def get_rng_state(self, device: Any = None) -> Tensor:  # noqa: ARG002 - torch's signature
        return torch.get_rng_state()

    def set_rng_state(self, state: Tensor, device: Any = None) -> None:  # noqa: ARG002 - torch's signature
        torch.set_rng_state(state)

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.float16, torch.bfloat16]

    @contextlib.contextmanager
    def device(self, device: Any) -> Iterator[None]:  # noqa: ARG002 - torch's signature
        yield

    def _is_in_bad_fork(self) -> bool:
        return False


# Kernels that are asked for without a tensor to tell where: by torch.tensor(..., device=...), as zeros for a gradient.


def _empty_strided(size: Any, stride: Any, dtype: Any = None, layout: Any = None, device: Any = None,  # noqa: ARG001
                   pin_memory: Any = None) -> Tensor:  # noqa: ARG001  # fmt: skip
    return DeviceTensor(torch.empty_strided(size, stride, dtype=dtype))


def _empty(size: Any, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: Any = None,  # noqa: ARG001
           memory_format: Any = None) -> Tensor:  # noqa: ARG001  # fmt: skip
    return DeviceTensor(torch.empty(size, dtype=dtype))


def _number(tensor: Tensor) -> Any:
    """Of torch.tensor([...]) over tensors on the device, which reads them one by one."""
    waits("item() or a condition")
    return held(tensor).item()


def _copy_from(source: Tensor, target: Tensor, non_blocking: bool = False) -> Tensor:  # noqa: ARG001
    held(target).copy_(held(source))
    return target
