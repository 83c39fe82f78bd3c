"""The student's work as the checks see it: modules that answer, models that take weights and give arrays.

Everything that comes back is checked for dtype, shape and finiteness before anybody looks at it.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.assignment import Limits
from autograder.blueprint import Framework, StudentParameter
from autograder.errors import Finding, SubmissionError
from autograder.report import SandboxLayer
from autograder.sandbox.policy import Policy, spare_uid
from autograder.student import failures, values
from autograder.student.worker import Answer, Worker
from autograder.student.zygotes import Zygote

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]
Sizes = Mapping[str, Any]


@dataclass(frozen=True)
class Submission:
    """A student's files, laid out where a worker may read them.

    Attributes:
        folder: The folder that is put on the worker's path.
        modules: Module name of each framework.
        unusable: Why a module can't even be tried (it is missing, it is no text): its finding.
    """

    folder: Path
    modules: Mapping[Framework, str]
    unusable: Mapping[Framework, Finding] = field(default_factory=dict)


@dataclass(frozen=True)
class Fitted:
    """What a training returned and cost.

    Attributes:
        losses: Mean loss of each epoch, float64 [epochs], as the student's code reported them.
        cpu_seconds: Processor time by the kernel's accounts.
        seconds: Wall time by the grader's clock.
    """

    losses: Floats
    cpu_seconds: float
    seconds: float


class Student:
    """One submission under grading. Workers are started when first needed; :meth:`close` leaves none behind."""

    def __init__(
        self, submission: Submission, zygotes: Mapping[Framework, Zygote], limits: Limits, secrets: Sequence[Path] = ()
    ) -> None:
        """Prepare the handle.

        Args:
            submission: What to grade.
            zygotes: Running processes to fork workers from.
            limits: Deadlines and sizes; the whole submission's time starts now.
            secrets: Files that a worker must be unable to read; each worker's probe tries.
        """
        self._root = Path(tempfile.mkdtemp(prefix="autograder-"))
        self._root.chmod(0o711)  # a worker may pass through to its own scratch, and see nothing else
        self._modules = {
            framework: Module(framework, submission, zygote, Bench(self._root, limits, tuple(map(str, secrets)), slot))
            for slot, (framework, zygote) in enumerate(zygotes.items())
        }

    def module(self, framework: Framework) -> Module:
        return self._modules[framework]

    def printed(self) -> dict[str, str]:
        """What the student's code printed, by framework."""
        return {f.value: text for f, module in self._modules.items() if (text := module.printed())}

    def sandbox(self) -> tuple[SandboxLayer, ...]:
        """The layers of confinement; one is on only if it is in every worker that ran."""
        found: dict[str, SandboxLayer] = {}
        for module in self._modules.values():
            for layer in module.sandbox:
                found[layer.name] = found[layer.name] if layer.name in found and not found[layer.name].on else layer
        return tuple(found.values())

    def close(self) -> None:
        for module in self._modules.values():
            module.end()
        shutil.rmtree(self._root, ignore_errors=True)


class Bench:
    """Where the workers of one framework stand: scratch folders, user, and the time that is left."""

    def __init__(self, root: Path, limits: Limits, secrets: tuple[str, ...], slot: int) -> None:
        self.limits = limits
        self.secrets = [str(self._secret(root, slot)), *secrets]
        self.deadline = time.monotonic() + limits.total_seconds
        self._root = root
        self._slot = slot
        self._uid, self._why = spare_uid(slot)

    def seconds(self, wanted: float) -> float:
        """The deadline of one call: as wanted, or what is left of the submission's time.

        Raises:
            SubmissionError: Nothing is left.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise SubmissionError(failures.time_is_up(self.limits.total_seconds))
        return min(wanted, left)

    def policy(self, folder: Path) -> Policy:
        """Confinement of a new worker, with a scratch folder of its own."""
        scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=self._root))
        if self._uid is not None:
            _give(scratch, self._uid)
        policy = Policy(
            str(scratch),
            uid=self._uid,
            memory_mb=self.limits.memory_mb,
            cpu_seconds=int(self.limits.total_seconds) + 60,
        )
        return policy.with_readable([folder])

    def give_folder(self, policy: Policy, name: str) -> Path:
        """A new empty folder in the worker's scratch, its own."""
        folder = Path(policy.scratch, name)
        folder.mkdir()
        if self._uid is not None:
            _give(folder, self._uid)
        return folder

    def explain(self, layer: SandboxLayer) -> SandboxLayer:
        """Add what only the grader knows: why there is no other user."""
        if layer.on or layer.name != "other user":
            return layer
        return SandboxLayer(layer.name, False, self._why)

    @staticmethod
    def _secret(root: Path, slot: int) -> Path:
        closed = root / f"closed-{slot}"
        closed.mkdir(mode=0o700)
        secret = closed / "probe"
        secret.write_text("a worker that can read this can read the hidden data")
        secret.chmod(0o600)
        return secret


class Module:
    """One framework's module of the submission, served by a confined worker."""

    def __init__(self, framework: Framework, submission: Submission, zygote: Zygote, bench: Bench) -> None:
        self.framework = framework
        self.bench = bench
        self.sandbox: tuple[SandboxLayer, ...] = ()
        self._submission = submission
        self._zygote = zygote
        self._worker: Worker | None = None
        self._policy: Policy | None = None
        self._import_failed: SubmissionError | None = None
        self._printed = ""
        self._saved = 0

    @property
    def file(self) -> str:
        return f"{self._submission.modules[self.framework]}.py"

    def worker(self) -> Worker:
        """A living worker that has imported the module.

        Raises:
            SubmissionError: The module is missing, or its import failed (the same error each time).
        """
        if unusable := self._submission.unusable.get(self.framework):
            raise SubmissionError(unusable)
        if self._import_failed is not None:
            raise self._import_failed
        if self._worker is None or not self._worker.alive:
            self._worker = self._start()
        return self._worker

    def another(self) -> Module:
        """The same module, to be served by a process of its own that knows nothing of this one."""
        return Module(self.framework, self._submission, self._zygote, self.bench)

    def build_vocabulary(self, texts: Sequence[str], max_tokens: int) -> list[str]:
        """Entries of the student's vocabulary; at most 10,000,000 characters in all."""
        answer = self._call("build_vocabulary", texts=list(texts), max_tokens=max_tokens)
        return values.words(answer.values.get("vocabulary"), "build_vocabulary")

    def encode(self, texts: Sequence[str], vocabulary: Sequence[str], length: int) -> Ids:
        """Token ids, int64 [n, length]."""
        answer = self._call("encode", texts=list(texts), vocabulary=list(vocabulary), length=length)
        return values.integers(answer.arrays.get("token_ids"), (len(texts), length), "encode")

    def build(self, sizes: Sizes, seed: int = 0) -> Model:
        """A model of these sizes, built after seeding the process."""
        plain = {name: list(v) if isinstance(v, tuple) else v for name, v in sizes.items()}
        worker = self.worker()
        answer = self._call("build_model", {"example": _example(sizes)}, sizes=plain, seed=seed)
        return self._model(worker, answer, sizes)

    def load(self, folder: Path, sizes: Sizes) -> Model:
        """The model that the student's ``load`` makes of a saved folder, which moves into this module's scratch."""
        worker = self.worker()
        assert self._policy is not None  # a worker has one  # noqa: S101 - for the type checker
        target = Path(self._policy.scratch) / "saved"
        folder.rename(target)
        answer = self._call("load", {"example": _example(sizes)}, path=str(target))
        return self._model(worker, answer, sizes)

    def new_folder(self) -> Path:
        """An empty folder that the worker may write to."""
        self.worker()
        assert self._policy is not None  # a worker has one  # noqa: S101 - for the type checker
        self._saved += 1
        return self.bench.give_folder(self._policy, f"saved-{self._saved}")

    def printed(self) -> str:
        return self._printed + (self._worker.printed() if self._worker else "")

    def end(self) -> None:
        if self._worker is not None:
            self._worker.end()

    def _call(self, method: str, arrays: Mapping[str, np.ndarray] | None = None, **parameters: Any) -> Answer:
        worker = self.worker()
        seconds = self.bench.seconds(self.bench.limits.call_seconds)
        return worker.call(method, f"calling {method} ({self.framework.label})", seconds, arrays, **parameters)

    def _start(self) -> Worker:
        if self._worker is not None:
            self._printed += self._worker.printed()
        folder, name = self._submission.folder, self._submission.modules[self.framework]
        self._policy = self.bench.policy(folder)
        limits = self.bench.limits
        worker = Worker(self._zygote, self._policy, str(folder), self.bench.secrets, limits.output_kb)
        self.sandbox = tuple(self.bench.explain(layer) for layer in worker.sandbox)
        try:
            path = str(folder / f"{name}.py")
            seconds = self.bench.seconds(limits.import_seconds)
            worker.call("import_module", f"importing {name}.py", seconds, name=name, path=path)
        except SubmissionError as error:
            self._import_failed = error
            self._printed += worker.printed()
            worker.end()
            raise
        return worker

    def _model(self, worker: Worker, answer: Answer, sizes: Sizes) -> Model:
        number, parameters = values.parameters(answer.values, f"{self.file}: build_model")
        return Model(self, worker, number, tuple(parameters), sizes)


class Model:
    """A student's model, alive in a worker.

    Attributes:
        parameters: What the worker says its weights are. Shapes are proved when weights go in and outputs come back.
        sizes: The keyword arguments of ``build_model``.
    """

    def __init__(
        self, module: Module, worker: Worker, number: int, parameters: tuple[StudentParameter, ...], sizes: Sizes
    ) -> None:
        self.parameters = parameters
        self.sizes = sizes
        self.module = module
        self._worker = worker
        self._number = number
        self._gone: SubmissionError | None = None

    @property
    def framework(self) -> Framework:
        return self.module.framework

    def weights(self) -> list[np.ndarray]:
        """Values of the parameters, in the student's order and shapes."""
        answer = self._call("weights")
        return [
            values.floats(answer.arrays.get(str(p.index)), p.shape, f"the parameter {p.name}") for p in self.parameters
        ]

    def set_weights(self, arrays: Sequence[np.ndarray]) -> None:
        self._call("set_weights", {str(index): np.asarray(array, np.float32) for index, array in enumerate(arrays)})

    def predict(self, token_ids: Ids) -> Floats:
        """Outputs of the student's ``predict``, float64 [n, num_classes]."""
        answer = self._call("predict", {"token_ids": token_ids})
        return self._logits(answer, token_ids, "predict")

    def forward(self, token_ids: Ids, *, training: bool, seed: int = 0) -> Floats:
        """Outputs of a call of the model itself, dropout on or off, float64 [n, num_classes]."""
        answer = self._call(
            "forward", {"token_ids": token_ids}, doing="calling the model", training=training, seed=seed
        )
        return self._logits(answer, token_ids, "the model")

    def gradients(self, token_ids: Ids, labels: Ids) -> list[np.ndarray]:
        """Gradients of the mean cross-entropy by parameter (dropout off); NaN where none arrived."""
        arrays = {"token_ids": token_ids, "labels": labels}
        answer = self._call("gradients", arrays, doing="computing gradients through the model")
        return [
            values.floats(answer.arrays.get(str(p.index)), p.shape, f"the gradient of {p.name}", finite=False)
            for p in self.parameters
        ]

    def fit(self, token_ids: Ids, labels: Ids, **settings: Any) -> Fitted:
        """Train by the student's ``fit``."""
        seconds = self.module.bench.limits.fit_seconds
        arrays = {"token_ids": token_ids, "labels": labels}
        answer = self._call("fit", arrays, seconds=seconds, settings=settings)
        losses = values.losses(answer.arrays.get("losses"), settings["epochs"])
        return Fitted(losses, answer.cpu_seconds, answer.seconds)

    def set_training(self, training: bool) -> None:
        self._call("set_training", training=training)

    def is_training(self) -> bool | None:
        """The mode that the model says it is in; None in Keras, which keeps none."""
        mode = self._call("is_training").values.get("training")
        return mode if isinstance(mode, bool) else None

    def save(self) -> Path:
        """Save by the student's ``save`` into a new folder, and return it."""
        folder = self.module.new_folder()
        self._call("save", path=str(folder))
        return folder

    def _logits(self, answer: Answer, token_ids: Ids, what: str) -> Floats:
        shape = (len(token_ids), int(self.sizes["num_classes"]))
        return values.floats(answer.arrays.get("logits"), shape, f"what {what} returned").astype(np.float64)

    def _call(
        self,
        method: str,
        arrays: Mapping[str, np.ndarray] | None = None,
        doing: str = "",
        seconds: float | None = None,
        **parameters: Any,
    ) -> Answer:
        bench = self.module.bench
        if self._gone is not None:
            raise self._gone
        doing = f"{doing or f'calling {method}'} ({self.framework.label})"
        limit = bench.seconds(seconds or bench.limits.call_seconds)
        try:
            return self._worker.call(method, doing, limit, arrays, model=self._number, **parameters)
        except SubmissionError as error:
            if not self._worker.alive:
                self._gone = error
            raise


def _example(sizes: Sizes) -> Ids:
    """Token ids [1, t] for models that make their weights when first called; t as long as any kernel is wide."""
    widest = max((max(v) for v in sizes.values() if isinstance(v, (tuple, list))), default=1)
    return np.ones((1, max(widest, 8)), np.int64)


def _give(folder: Path, uid: int) -> None:
    folder.chmod(0o700)
    shutil.chown(folder, uid, uid)


Draw = Callable[[np.random.Generator], dict[str, Any]]
