"""The calls that a worker answers: the student's own functions, and looks into the student's models.

Every method takes the request's plain parameters and arrays and returns ``(values, arrays)``.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from autograder.worker.adapter import Adapter, WrongKind, given, own_look
from autograder.worker.returns import used_without_return
from autograder.worker.warned import tell_students_lines

FEW_WORDS = 2  # padding, and what stands for unknown words

Result = tuple[dict[str, Any], dict[str, np.ndarray]]


class Service:
    """Holds the imported module and the models that were built in this process."""

    def __init__(self, adapter: Adapter, folder: str = "") -> None:
        """Serve with this adapter. ``folder`` is the student's."""
        self._adapter = adapter
        self._folder = folder
        self._module: ModuleType | None = None
        self._models: list[Any] = []
        self._has_device = False
        self._file = ""
        self._called: Any = None

    def open_device(self, wanted: str) -> Result:
        """Make a device ready, and look from now on at what the student's code does with devices."""
        opened = self._adapter.open_device(wanted, self._folder)
        self._has_device = True
        return opened.to_json(), {}

    def import_module(self, name: str, path: str) -> Result:
        """Import the student's file under its own name, its folder last on the path."""
        sys.path.append(str(Path(path).parent))
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"no Python module at {path}")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        self._file = path
        with self._watched():
            spec.loader.exec_module(module)
        self._module = module
        return {"functions": sorted(n for n, v in vars(module).items() if callable(v))}, {}

    def build_vocabulary(self, texts: list[str], max_tokens: int) -> Result:
        vocabulary = self._asked("build_vocabulary", "a list of words")(texts, max_tokens)
        if not isinstance(vocabulary, (list, tuple, np.ndarray)):
            raise WrongKind(f"a list of words was expected, not {type(vocabulary).__name__}")
        # Where words get lost on the way, a function that gives None may be why: update(None) adds nothing.
        silent = used_without_return(self._file) if len(vocabulary) <= FEW_WORDS else []
        return {"vocabulary": [_word(entry) for entry in vocabulary], "without_return": silent}, {}

    def encode(self, texts: list[str], vocabulary: list[str], length: int) -> Result:
        ids = self._adapter.from_student(self._asked("encode", "an array")(texts, vocabulary, length))
        if ids.dtype.kind not in "iu":
            raise WrongKind(f"token ids are whole numbers (int64), not {ids.dtype}")
        return {"dtype": str(ids.dtype)}, {"token_ids": ids.astype(np.int64)}

    def build_model(self, sizes: dict[str, Any], seed: int, example: np.ndarray) -> Result:
        self._adapter.seed(seed)
        with self._watched():
            model = self._asked("build_model", "a model")(**sizes)
            return self._adopt(model, example)

    def load(self, path: str, example: np.ndarray) -> Result:
        return self._adopt(self._asked("load", "a model")(path), example)

    def save(self, model: int, path: str) -> Result:
        # Made here and not by the grader: what the grader does in a folder of ours, our code could turn on others.
        Path(path).mkdir()
        self._student("save")(self._models[model], path)
        return {}, {}

    def weights(self, model: int) -> Result:
        with own_look():
            return {}, _numbered(self._adapter.weights(self._models[model]))

    def set_weights(self, model: int, **values: np.ndarray) -> Result:
        with own_look():
            shapes = [tuple(parameter["shape"]) for parameter in self._adapter.parameters(self._models[model])]
        if shapes != [value.shape for value in values.values()]:  # which the grader made by what the model had first
            raise WrongKind("the model has other parameters than when it was made")
        with own_look():
            self._adapter.set_weights(self._models[model], list(values.values()))
        return {}, {}

    def predict(self, model: int, inputs: np.ndarray, device: str = "", as_object: bool = False) -> Result:
        """``device``: hand that over as well, as an object of the framework's or by its name."""
        chosen, given = self._models[model], np.array(inputs)  # a copy: writable, and the student's own
        with self._watched():
            outputs = self._asked("predict", "an array")(chosen, given, **self._device(device, as_object))
        values = {"keeps_gradient": self._adapter.keeps_gradient(outputs)}
        if device:
            values["left_on_device"] = self._adapter.is_on_device(outputs)
        return values, {"logits": _real(self._adapter.from_student(outputs))}

    def forward(self, model: int, inputs: np.ndarray, training: bool, seed: int) -> Result:
        self._adapter.seed(seed)
        return {}, {"logits": _real(self._adapter.forward(self._models[model], inputs, training))}

    def gradients(self, model: int, inputs: np.ndarray, labels: np.ndarray) -> Result:
        return {}, _numbered(self._adapter.gradients(self._models[model], inputs, labels))

    def set_training(self, model: int, training: bool) -> Result:
        with own_look():
            self._adapter.set_training(self._models[model], training)
        return {}, {}

    def is_training(self, model: int) -> Result:
        with own_look():
            return {"training": self._adapter.is_training(self._models[model])}, {}

    def fit(
        self,
        model: int,
        settings: dict[str, Any],
        inputs: np.ndarray,
        labels: np.ndarray,
        device: str = "",
        as_object: bool = False,
    ) -> Result:
        """``device``: as in :meth:`predict`."""
        data = np.array(inputs), np.array(labels)
        with self._watched():
            fit = self._asked("fit", "a list of losses, one per epoch,")
            losses = fit(self._models[model], *data, **settings, **self._device(device, as_object))
            if not isinstance(losses, (list, tuple, np.ndarray)):
                raise WrongKind(f"a list of losses, one per epoch, was expected, not {type(losses).__name__}")
            return {}, {"losses": np.array([_loss(loss) for loss in losses], np.float64)}

    def forward_on_device(self, model: int, inputs: np.ndarray, device: str) -> Result:
        with self._watched():
            outputs = self._adapter.forward_on_device(self._models[model], inputs, device)
        return {}, {"logits": _real(outputs)}

    def placement(self, model: int) -> Result:
        with own_look():
            return {"placement": self._adapter.placement(self._models[model])}, {}

    def take_trace(self) -> Result:
        return {"trace": self._adapter.take_trace()}, {}

    def _watched(self) -> AbstractContextManager[None]:
        return self._adapter.on_device(self._models) if self._has_device else nullcontext()

    def _device(self, device: str, as_object: bool) -> dict[str, Any]:
        return self._adapter.device_argument(device, as_object) if device else {}

    def _adopt(self, model: Any, example: np.ndarray) -> Result:
        self._adapter.check_model(model, example)
        self._models.append(model)
        with own_look():
            found = {"parameters": self._adapter.parameters(model), "unregistered": self._adapter.unregistered(model)}
            return {"model": len(self._models) - 1, **found, "switches": _switches(model)}, {}

    def _student(self, function: str) -> Any:
        found = getattr(self._module, function, None)
        if not callable(found):
            name = self._module.__name__ if self._module else "the module"
            raise AttributeError(f"{name}.py has no function {function}")  # noqa: TRY004 - it is missing, or no function
        self._called = found
        return found

    def _asked(self, function: str, expected: str) -> Callable[..., Any]:
        """A function of the student's that has to return something."""
        found = self._student(function)
        return lambda *values, **more: given(found(*values, **more), function, expected)

    def _called_last(self) -> CodeType | None:
        """Which of the student's functions was called last; None for a callable that isn't written in Python."""
        code = getattr(self._called, "__code__", None)
        return code if isinstance(code, CodeType) else None


def tell_students_lines_in(service: Service, folder: str) -> None:
    """Warnings of this process name lines of the student's from now on."""
    tell_students_lines(folder, service._called_last)  # noqa: SLF001 - not public, since all that is answers requests


METHODS = frozenset(name for name in vars(Service) if not name.startswith("_"))


def call(service: Service, method: str, parameters: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Result:
    """Answer one request by the method of that name."""
    if method not in METHODS:
        raise ValueError(f"no method {method!r}")
    result: Result = getattr(service, method)(**parameters, **arrays)
    return result


def _word(entry: Any) -> str:
    if not isinstance(entry, str):
        raise WrongKind(f"a vocabulary holds strings, not {type(entry).__name__}")
    return str(entry)


def _loss(entry: Any) -> float:
    try:
        return float(entry)
    except (TypeError, ValueError):
        raise WrongKind(f"a loss is one number, not {type(entry).__name__}") from None


def _real(outputs: np.ndarray) -> np.ndarray:
    if outputs.dtype.kind in "iu" and outputs.ndim == 1:
        return outputs.astype(np.int64)  # class ids: the grader has a name for them
    if outputs.dtype.kind != "f":
        raise WrongKind(f"outputs are real numbers (float32), not {outputs.dtype}")
    return np.asarray(outputs, np.float32)


def _switches(model: Any) -> list[str]:
    """Arguments of the model's call that are True or False by default; Keras itself passes one, ``training``."""
    called = getattr(type(model), "call", None) or getattr(type(model), "forward", None)
    with contextlib.suppress(TypeError, ValueError):  # nothing of Python's, such as a script
        arguments = inspect.signature(called).parameters.values() if called else ()
        own = [a.name for a in arguments if isinstance(a.default, bool)]
        return [name for name in own if name != "training" or not hasattr(type(model), "call")]
    return []


def _numbered(values: list[np.ndarray]) -> dict[str, np.ndarray]:
    return {str(index): value for index, value in enumerate(values)}
