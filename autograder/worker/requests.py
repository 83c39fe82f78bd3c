"""What the student's code asks for by itself about devices: calls that name one, and what hides or chooses GPUs.

Only calls that stand in the student's own files count: frameworks place work by the same functions. Watching begins
when a worker opens a device, lasts as long as the process, and changes nothing about what is called.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import FunctionType
from typing import Any, Final

Place = tuple[str, int]  # a file and a line
Stack = Callable[[], Iterable[Place]]  # of the call that is going on, the innermost first
VISIBLE: Final = "CUDA_VISIBLE_DEVICES"
MOST = 50  # requests that are kept: a loop may make thousands
MOST_TEXT = 100  # characters of a value
_WATCHED = "_autograder_watched"  # attribute of what is watched already


class Kind(StrEnum):
    """What a request is."""

    NAMES = "names"  # a device to compute on
    CHOOSES = "chooses"  # which devices there are at all
    SPREADS = "spreads"  # over all devices that there are, naming none: where weights go is then the framework's to say


@dataclass(frozen=True)
class Spot:
    """A function or class of a framework that takes a device.

    Attributes:
        module, path: Where it is, such as ``tensorflow`` and ``config.set_visible_devices``.
        argument: The parameter that says which device; it is the first.
        lists: Instead of being watched, its answers are known again when they are given to others.
    """

    module: str
    path: str
    argument: str
    kind: Kind = Kind.NAMES
    lists: bool = False


KERAS: Final = (
    Spot("tensorflow", "device", "device_name"),
    Spot("tensorflow", "compat.v1.device", "device_name_or_function"),
    Spot("tensorflow", "keras.device", "device_name"),
    Spot("keras", "device", "device_name"),
    Spot("tensorflow", "distribute.OneDeviceStrategy", "device"),
    Spot("tensorflow", "distribute.MirroredStrategy", "devices"),
    Spot("tensorflow", "distribute.experimental.CentralStorageStrategy", "compute_devices"),
    Spot("tensorflow", "config.set_visible_devices", "devices", Kind.CHOOSES),
    Spot("tensorflow", "config.experimental.set_visible_devices", "devices", Kind.CHOOSES),
    Spot("tensorflow", "config.set_logical_device_configuration", "device", Kind.CHOOSES),
    Spot("tensorflow", "config.experimental.set_virtual_device_configuration", "device", Kind.CHOOSES),
    Spot("tensorflow", "config.list_physical_devices", "device_type", lists=True),
    Spot("tensorflow", "config.experimental.list_physical_devices", "device_type", lists=True),
)
TORCH: Final = (
    Spot("torch", "set_default_device", "device"),
    Spot("torch", "set_default_tensor_type", "t"),
    Spot("torch", "cuda.set_device", "device", Kind.CHOOSES),
)


@dataclass(frozen=True)
class Request:
    """One of them: ``what`` was called or set, to which ``value``, on which ``line``."""

    kind: str
    what: str
    value: str
    line: str


@dataclass
class Watcher:
    """Keeps what the student's code asked for. One for a process, as its hooks are."""

    folder: str = ""
    found: list[Request] = field(default_factory=list)
    hooked: bool = False

    def take(self) -> list[dict[str, str]]:
        """What was asked for since this was last asked, each line once."""
        taken, self.found = list(dict.fromkeys(self.found)), []
        return [asdict(request) for request in taken]

    def drop(self, what: str) -> None:
        """Forget requests that were taken back by the code itself."""
        self.found = [request for request in self.found if request.what != what or request.kind == Kind.CHOOSES]

    def promote(self, what: str) -> None:
        """Call such requests choices for the whole program, as they have outlived the call that made them."""
        chosen = Kind.CHOOSES.value
        self.found = [replace(r, kind=chosen) if r.what == what else r for r in self.found]

    def note(self, kind: Kind, what: str, value: str, stack: Iterable[Place]) -> None:
        """Keep a request if the student's own line made it."""
        file, line = next(iter(stack), ("", 0))
        if file.startswith(self.folder) and len(self.found) < MOST:
            self.found.append(Request(kind.value, what, value[:MOST_TEXT], f"{Path(file).name}, line {line}"))


WATCHER: Final = Watcher()


def watch(folder: str, spots: Iterable[Spot], stack: Stack | None = None) -> Watcher:
    """Look from now on at what the code in ``folder`` asks for. Frameworks that aren't imported are left alone.

    Args:
        folder: The student's.
        spots: Where to look.
        stack: How to read the stack, where the framework rewrites code.
    """
    WATCHER.folder = str(Path(folder)) + os.sep
    WATCHER.found.clear()
    for spot in spots:
        _watch_spot(spot, stack or python_stack)
    # Python alone forgets it: the worker has hidden GPUs itself, and `setdefault` would see that and do nothing.
    getattr(os.environ, "_data", {}).pop(VISIBLE.encode(), None)
    if not WATCHER.hooked:
        sys.addaudithook(_audit)
        WATCHER.hooked = True
    return WATCHER


def python_stack() -> Iterable[Place]:
    """Places of the calls in progress, this module's own and those of Python's frozen ones (os) left out."""
    frame = sys._getframe(1)  # noqa: SLF001 - the only way to it
    while frame is not None:
        file = frame.f_code.co_filename
        if file != __file__ and not file.startswith("<frozen "):
            yield file, frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]  # the outermost has none


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "os.putenv" and os.fsdecode(arguments[0]) == VISIBLE:
        WATCHER.note(Kind.CHOOSES, VISIBLE, repr(os.fsdecode(arguments[1])), python_stack())


def _watch_spot(spot: Spot, stack: Stack) -> None:
    *parents, name = spot.path.split(".")
    try:
        owner = functools.reduce(getattr, parents, sys.modules[spot.module])
        original = getattr(owner, name)
    except (KeyError, AttributeError):  # not imported, or another version
        return
    if isinstance(original, type):
        if _WATCHED not in vars(original):
            original.__init__ = _noting(original.__init__, spot, stack, skip=1)  # type: ignore[misc]
            setattr(original, _WATCHED, True)
    elif not hasattr(original, _WATCHED):
        setattr(owner, name, _listing(original) if spot.lists else _noting(original, spot, stack))


def _noting(original: Any, spot: Spot, stack: Stack, skip: int = 0) -> Any:
    """The same function, which notes its calls. ``skip``: arguments ahead of the first (``self``)."""
    what = f"{'tf' if spot.module == 'tensorflow' else spot.module}.{spot.path}"

    @functools.wraps(original)
    def noting(*args: Any, **kwargs: Any) -> Any:
        given = args[skip:]
        value = given[0] if given else kwargs.get(spot.argument)
        words = _choice(value, given, kwargs) if spot.kind is Kind.CHOOSES else _words(value)
        if words:
            WATCHER.note(spot.kind, what, words, stack())
        elif skip:  # a strategy that is told no device
            WATCHER.note(Kind.SPREADS, what, "all devices", stack())
        return original(*args, **kwargs)

    setattr(noting, _WATCHED, True)
    return noting


class _Listed(list[Any]):
    """All devices of a kind, as the framework lists them: to make those visible hides none."""


def _listing(original: Any) -> Any:
    @functools.wraps(original)
    def listing(*args: Any, **kwargs: Any) -> Any:
        return _Listed(original(*args, **kwargs))

    setattr(listing, _WATCHED, True)
    return listing


def _choice(value: Any, given: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """What is chosen, with the kind of device where it is given; empty where nothing is hidden by it."""
    kind = given[1] if len(given) > 1 else kwargs.get("device_type")
    if isinstance(kind, str):
        return "" if isinstance(value, _Listed) or kind.upper() == "CPU" else f"{_words(value) or '[]'}, {kind}"
    return _words(value) or "[]"


def _words(value: Any) -> str:
    """A device, or several, as text; empty for none."""
    if value is None or value == "":
        return ""
    if hasattr(value, "to_string"):  # tf.DeviceSpec
        return str(value.to_string())
    if isinstance(name := getattr(value, "name", None), str):  # tf's devices, which are tuples besides
        return name
    if isinstance(value, (list, tuple)):
        return ", ".join(filter(None, map(_words, value)))
    return "a function" if isinstance(value, FunctionType) else str(value)
