"""Stand-ins for a student: models that compute in NumPy what some blueprint says, and PyTorch without a worker."""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.assignment import Limits, load
from autograder.blueprint import Blueprint, Framework, Parameter, StudentParameter
from autograder.blueprint.matching import Placement
from autograder.checking.grading import Grading
from autograder.checking.recorder import Recorder
from autograder.datasets import builtin
from autograder.protocol.frames import PREFIX, Message, decode, encode
from autograder.report import Report
from autograder.sandbox.policy import Policy
from autograder.student import values
from autograder.student.handle import Module, Submission
from autograder.student.worker import Answer, Worker

ROOT = Path(__file__).parents[2]
Sizes = Mapping[str, Any]
Wrong = Callable[[Blueprint], Blueprint]


@dataclass
class NumPyModel:
    """Computes what ``blueprint`` says. Its arrays are registered in ``order`` (names; those left out come last)."""

    blueprint: Blueprint
    framework: Framework
    sizes: Sizes
    order: Sequence[str] = ()
    training: bool = False
    dropout_at_all_times: bool = False
    alive: bool = True
    unregistered: tuple[str, ...] = ()
    channels_first: bool = False
    switches: tuple[str, ...] = ()
    arrays: list[np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        table = {p.name: p for p in self.blueprint.parameters(self.framework)}
        names = sorted(table, key=[*self.order, *table].index)
        self._table = [table[name] for name in names]
        self.parameters = tuple(
            StudentParameter(i, f"array_{i}", p.native_shape(self.framework)) for i, p in enumerate(self._table)
        )
        self.set_weights([np.zeros(p.shape, np.float32) for p in self.parameters])

    def weights(self) -> list[np.ndarray]:
        return self.arrays

    def set_weights(self, arrays: Sequence[np.ndarray]) -> None:
        assert [a.shape for a in arrays] == [p.shape for p in self.parameters]
        self.arrays = [np.asarray(a, np.float32) for a in arrays]

    def forward(self, token_ids: np.ndarray, *, training: bool, seed: int = 0) -> np.ndarray:
        noisy = training or self.dropout_at_all_times
        return self._logits(token_ids, np.random.default_rng(seed) if noisy else None)

    def predict(self, token_ids: np.ndarray) -> np.ndarray:
        return self.forward(token_ids, training=False)

    def keeps_gradient(self, _: np.ndarray) -> bool:
        return False

    def set_training(self, training: bool) -> None:
        self.training = training

    def is_training(self) -> bool:
        return self.training

    def _logits(self, token_ids: np.ndarray, rng: np.random.Generator | None) -> np.ndarray:
        weights = {p.name: self._read(p, array) for p, array in zip(self._table, self.arrays, strict=True)}
        return self.blueprint.forward(weights, token_ids, dropout_rng=rng).astype(np.float32).astype(np.float64)

    def _read(self, parameter: Parameter, array: np.ndarray) -> np.ndarray:
        axes = tuple(axis for group in parameter.groups(self.framework) for axis in group)
        return Placement(parameter, 0, array.shape, axes).from_student(array)


@dataclass(frozen=True, eq=False)
class NumPyModule:
    """Builds such models: of the handout's blueprint, or of what ``wrong`` makes of it."""

    framework: Framework
    make: Callable[..., Blueprint]
    wrong: Wrong = field(default=lambda blueprint: blueprint)
    order: Sequence[str] = ()
    more: dict[str, Any] = field(default_factory=dict)

    def build(self, sizes: Sizes, seed: int = 0, example: object = None, **_: object) -> NumPyModel:
        return NumPyModel(self.wrong(self.make(**sizes)), self.framework, sizes, self.order, **self.more)


@dataclass(frozen=True)
class NumPyStudent:
    modules: dict[Framework, NumPyModule]

    def module(self, framework: Framework) -> NumPyModule:
        return self.modules[framework]


@pytest.fixture(scope="session")
def assignment():
    return load(ROOT / "assignments" / "text-cnn")


@pytest.fixture
def grading_of(assignment):
    """A grading of any student: an object with ``module(framework)``."""

    def grading_of(student: object, seed: int = 1) -> Grading:
        dataset = partial(builtin, train=120, test=60, seed=seed)
        return Grading(assignment, student, Recorder(Report("text-cnn")), seed=seed, dataset=dataset)

    return grading_of


@pytest.fixture
def numpy_grading(assignment, grading_of):
    """A grading of models that compute in NumPy; ``wrong`` and the rest hold for both frameworks."""

    def numpy_grading(wrong: Wrong = lambda blueprint: blueprint, seed: int = 1, **more: Any) -> Grading:
        make = assignment.blueprint_function()
        modules = {f: NumPyModule(f, make, wrong, more.pop("order", ()), more) for f in Framework}
        return grading_of(NumPyStudent(modules), seed)

    return numpy_grading


# -- PyTorch without a worker: the same calls, answered in this process


class LocalWorker(Worker):
    """Answers by the worker's own service, in this process."""

    def __init__(self, service: Any, folder: Path) -> None:
        self._service, self._folder, self._calls, self.alive = service, folder, 0, True

    def call(self, method: str, doing: str, seconds: float, arrays: Any = None, **parameters: Any) -> Answer:
        from autograder.worker.serve import answer

        self._calls += 1
        request = _travelled(Message({"id": self._calls, "method": method, "parameters": parameters}, arrays or {}))
        before = time.process_time()
        with warnings.catch_warnings():  # which are errors in tests, and none in a worker
            warnings.simplefilter("ignore")
            found = _travelled(answer(self._service, request, str(self._folder)))
        used = time.process_time() - before
        return self._judge(found, doing, used, used)

    def end(self, grace: float = 0.0) -> None:
        self.alive = False

    def printed(self) -> str:
        return ""


def _travelled(message: Message) -> Message:
    data = memoryview(encode(message))
    start, header = PREFIX.size, PREFIX.unpack(data[: PREFIX.size])[1]
    return decode(bytes(data[start : start + header]), data[start + header :])


class LocalModule(Module):
    """A student's PyTorch file, imported anew by each ``another()``."""

    def __init__(self, file: Path, scratch: Path, device: str = "") -> None:
        submission = Submission(file.parent, {Framework.TORCH: file.stem})
        super().__init__(Framework.TORCH, submission, None, LocalBench(), device)
        self._file, self._scratch = file, scratch

    def another(self, device: str = "") -> LocalModule:
        return LocalModule(self._file, self._scratch, device)

    def _start(self) -> LocalWorker:
        from autograder.worker.service import Service
        from autograder.worker.simulated.device import SimulatedDevice
        from autograder.worker.torch_adapter import TorchAdapter

        SimulatedDevice.make_known()  # before the first backward pass of this process
        self._policy = Policy(tempfile.mkdtemp(dir=self._scratch))
        adapter = TorchAdapter()
        adapter.prepare()  # one thread: on a busy machine a second one costs more than it helps, by far
        worker = LocalWorker(Service(adapter, str(self._file.parent)), self._file.parent)
        if self._wanted:
            self._device = values.device(worker.call("open_device", "opening a device", 60, wanted=self._wanted).values)
        path, name = list(sys.path), f"{self._file.stem}_{len(list(self._scratch.iterdir()))}"
        try:
            worker.call("import_module", f"importing {self._file.name}", 60, name=name, path=str(self._file))
        finally:
            sys.path[:] = path
            sys.modules.pop(name, None)
        return worker


class LocalBench:
    limits = Limits()

    def ask(self, worker: LocalWorker, method: str, doing: str, seconds: float, *arguments: Any, **more: Any) -> Answer:
        return worker.call(method, doing, seconds, *arguments, **more)


@dataclass(frozen=True)
class LocalStudent:
    torch: LocalModule

    def module(self, framework: Framework) -> LocalModule:
        assert framework is Framework.TORCH
        return self.torch


@pytest.fixture
def torch_student(tmp_path):
    """A student whose PyTorch file has this text."""

    def torch_student(text: str) -> LocalStudent:
        file = tmp_path / "files" / "torch_text_cnn.py"
        for folder in (file.parent, tmp_path / "scratch"):
            folder.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return LocalStudent(LocalModule(file, tmp_path / "scratch"))

    return torch_student
