"""The student's work as the checks see it: modules that answer, each served by confined workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from autograder.assignment import Limits
from autograder.blueprint import Framework
from autograder.errors import AssignmentError, Finding, InternalError, SubmissionError
from autograder.report import DeviceUse, SandboxLayer, in_all
from autograder.sandbox import accelerators
from autograder.sandbox.places import Place
from autograder.sandbox.policy import Policy
from autograder.student import values
from autograder.student.bench import Allowance, Bench
from autograder.student.model import Ids, Inputs, Model, Sizes, channels_to_front
from autograder.student.worker import Answer, Worker
from autograder.student.zygotes import Zygote

SECONDS_TO_OPEN = 180.0  # a device: CUDA's first start from a cold disk takes long, and is none of the student's time

A_TEXT: Ids = np.ones((1, 8), np.int64)


@dataclass(frozen=True)
class Submission:
    """A student's files, laid out where a worker may read them.

    Attributes:
        folder: The folder that is put on the worker's path.
        modules: Module name of each framework.
        unusable: Why a module can't even be tried (it is missing, it is no text): its finding.
        brought: Files with much data in them, for the staff to look at.
        packages: What it may import besides NumPy, the standard library and each file's own framework.
    """

    folder: Path
    modules: Mapping[Framework, str]
    unusable: Mapping[Framework, Finding] = field(default_factory=dict)
    brought: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


class Student:
    """One submission under grading. Workers are started when first needed; :meth:`close` leaves none behind."""

    def __init__(
        self,
        submission: Submission,
        zygotes: Mapping[Framework, Zygote],
        limits: Limits,
        secrets: Sequence[Path] = (),
        *,
        guarded: bool = False,
        kind: type[Module] | None = None,
    ) -> None:
        """Prepare the handle.

        Args:
            submission: What to grade.
            zygotes: Running processes to fork workers from.
            limits: Deadlines and sizes.
            secrets: Files that a worker must be unable to read; each worker's probe tries.
            guarded: No code of the submission runs in a worker that could read them.
            kind: What its modules are served by, where that isn't confined workers.
        """
        self.brought = submission.brought
        self._place = Place("student")
        self._place.path.chmod(0o711)  # a worker may pass through to its own scratch, and see nothing else
        allowance = Allowance(limits.total_seconds)
        self._modules: dict[Framework, Module] = {}
        for framework, zygote in zygotes.items():
            folder = self._place.path / framework.value
            bench = Bench(folder, submission.folder, limits, secrets, allowance, guarded=guarded)
            self._modules[framework] = (kind or Module)(framework, submission, zygote, bench)

    def module(self, framework: Framework) -> Module:
        return self._modules[framework]

    def printed(self) -> dict[str, str]:
        """What the student's code printed, by framework."""
        return {f.value: text for f, module in self._modules.items() if (text := module.printed())}

    def suspicions(self) -> tuple[str, ...]:
        """What its processes did that no honest mistake does: for the staff alone."""
        return tuple(dict.fromkeys(s for module in self._modules.values() for s in module.suspicions()))

    def sandbox(self) -> tuple[SandboxLayer, ...]:
        """The layers of confinement; one is on only if it is in every worker that ran."""
        return in_all(layer for module in self._modules.values() for layer in module.sandbox)

    def devices(self) -> tuple[DeviceUse, ...]:
        """What its modules' devices are, of those that were asked for one and have run: each once, by framework."""
        found = (DeviceUse(f.value, d.kind, d.label, d.why) for f, m in self._modules.items() for d in m.devices())
        return tuple(dict.fromkeys(found))

    def close(self) -> None:
        """End the workers, and remove what they left."""
        try:
            for module in self._modules.values():
                module.end()
                module.bench.close()
        finally:
            self._place.close()


class Module:
    """One framework's module of the submission, served by a confined worker."""

    def __init__(
        self, framework: Framework, submission: Submission, zygote: Zygote, bench: Bench, device: str = ""
    ) -> None:
        self.framework = framework
        self.bench = bench
        self.sandbox: tuple[SandboxLayer, ...] = ()
        self._submission = submission
        self._zygote = zygote
        self._worker: Worker | None = None
        self._waiting: Worker | None = None  # started, without a line of the submission's code in it
        self._policy: Policy | None = None
        self._import_failed: SubmissionError | None = None
        self._printed = ""
        self._suspicions: list[str] = []
        self._others: list[Module] = []
        self._paths = 0
        self._wanted = device
        self._device: values.DeviceInUse | None = None
        self.loaded_folder = Path()
        self.without_return: tuple[str, ...] = ()  # functions that give None to the last vocabulary, which has no words

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

    def guard(self) -> None:
        """Start a worker that waits for the submission's code.

        Raises:
            AssignmentError: It could read what is hidden, and must not (:attr:`Bench.guarded`).
        """
        if self._waiting is None and self._worker is None:
            self._waiting = self._enclosed()

    def another(self, device: str = "") -> Module:
        """The same module, to be served by a process of its own that knows nothing of this one.

        Args:
            device: What kind of device it has besides the CPU: ``simulated``, ``real`` where the machine has one (else
                simulated), or none.
        """
        self._others.append(Module(self.framework, self._submission, self._zygote, self.bench, device))
        return self._others[-1]

    @property
    def device(self) -> values.DeviceInUse:
        """The device of a module that was asked for one."""
        self.worker()
        assert self._device is not None  # a worker that was asked for one has one  # noqa: S101 - for the type checker
        return self._device

    def devices(self) -> list[values.DeviceInUse]:
        """Those that it and its others have opened."""
        own = [self._device] if self._device is not None else []
        return [*own, *(device for other in self._others for device in other.devices())]

    def take_trace(self) -> Mapping[str, Any]:
        """What its code did with devices since this was last asked; empty where nothing is known."""
        trace = self._call("take_trace").values.get("trace")
        return trace if isinstance(trace, Mapping) else {}

    def build_vocabulary(self, texts: Sequence[str], max_tokens: int) -> list[str]:
        """Entries of the student's vocabulary."""
        answer = self._call("build_vocabulary", texts=list(texts), max_tokens=max_tokens)
        self.without_return = values.names(answer.values.get("without_return"))
        return values.words(answer.values.get("vocabulary"), "build_vocabulary")

    def encode(self, texts: Sequence[str], vocabulary: Sequence[str], length: int) -> Ids:
        """Token ids, int64 [n, length]."""
        answer = self._call("encode", texts=list(texts), vocabulary=list(vocabulary), length=length)
        return values.integers(answer.arrays.get("token_ids"), (len(texts), length), "encode")

    def build(self, sizes: Sizes, seed: int = 0, example: Inputs = A_TEXT, *, channels_first: bool = False) -> Model:
        """A model of these sizes, built after seeding the process.

        Args:
            sizes: Keyword arguments of ``build_model``.
            seed: Of every generator in the process.
            example: One input, for models that make their weights when first called.
            channels_first: Whether the model itself takes images [n, channels, height, width]; ``example`` has its
                channels last.
        """
        plain = {name: list(v) if isinstance(v, tuple) else v for name, v in sizes.items()}
        worker = self.worker()
        shown = channels_to_front(example) if channels_first else example
        answer = self._call("build_model", {"example": shown}, sizes=plain, seed=seed)
        return self._model(worker, answer, sizes, channels_first=channels_first)

    def load(self, folder: Path, sizes: Sizes, into: Path | None = None, example: Inputs = A_TEXT) -> Model:
        """The model that the student's ``load`` makes of a saved folder, which moves into this module's scratch.

        Args:
            folder: Where it is.
            sizes: The keyword arguments of ``build_model`` that it was built with.
            into: Its place in the scratch, such as the one where it was saved; a new one without.
            example: As in :meth:`build`.
        """
        worker = self.worker()
        self.loaded_folder = into or self._new_path("loaded")
        try:
            folder.rename(self.loaded_folder)
        except OSError as error:  # the student's code may have removed it, or put something in its way
            raise SubmissionError(Finding("The folder that save was given is gone.", details=str(error))) from error
        answer = self._call("load", {"example": example}, path=str(self.loaded_folder))
        return self._model(worker, answer, sizes)

    def new_folder(self) -> Path:
        """Where a folder may be made that the worker can write to. The worker makes it."""
        self.worker()
        return self._new_path("saved")

    def printed(self) -> str:
        """What all its processes printed, in the order in which they began."""
        own = self._printed + (self._worker.printed() if self._worker else "")
        return own + "".join(other.printed() for other in self._others)

    def suspicions(self) -> list[str]:
        """What all its processes did that no honest mistake does."""
        own = [*self._suspicions, *(self._worker.suspicions() if self._worker else ())]
        return own + [suspicion for other in self._others for suspicion in other.suspicions()]

    def end_others(self) -> None:
        """End the processes of its others; one that is asked again starts anew."""
        for module in self._others:
            module.end()

    def end(self) -> None:
        """End its process, and those of its others; asked again, it starts anew."""
        self.end_others()
        for worker in (self._worker, self._waiting):
            if worker is not None:
                worker.end()
        self._waiting = None

    def _new_path(self, name: str) -> Path:
        assert self._policy is not None  # a worker has one  # noqa: S101 - for the type checker
        self._paths += 1
        return Path(self._policy.scratch) / f"{name}-{self._paths}"

    def _call(self, method: str, arrays: Mapping[str, np.ndarray] | None = None, **parameters: Any) -> Answer:
        doing, seconds = f"calling {method} ({self.framework.label})", self.bench.limits.call_seconds
        return self.bench.ask(self.worker(), method, doing, seconds, arrays, **parameters)

    def _start(self) -> Worker:
        if self._worker is not None:
            self._printed += self._worker.printed()
            self._suspicions += self._worker.suspicions()
        folder, name = self.bench.code, self._submission.modules[self.framework]
        worker, self._waiting = self._waiting or self._enclosed(), None
        if self._wanted:
            wanted = accelerators.SIMULATED if self._wanted == accelerators.REAL and not self._gpu else self._wanted
            self._device = self._open_device(worker, wanted)
        try:
            path = str(folder / f"{name}.py")
            doing, seconds = f"importing {name}.py", self.bench.limits.import_seconds
            self.bench.ask(worker, "import_module", doing, seconds, name=name, path=path)
        except SubmissionError as error:
            self._import_failed = error
            worker.end()  # first, since then all that it printed has come through
            self._printed += worker.printed()
            raise
        return worker

    @property
    def _gpu(self) -> bool:
        return self._wanted == accelerators.REAL and accelerators.may_have_gpu()

    def _enclosed(self) -> Worker:
        """A worker within its walls, before it is given anything of the submission's."""
        self._policy = self.bench.policy(gpu=self._gpu)
        zygote = self._zygote.with_gpu() if self._gpu else self._zygote
        secrets, output_kb = self.bench.secrets, self.bench.limits.output_kb
        packages = self._submission.packages
        worker = Worker(zygote, self._policy, str(self.bench.code), secrets, output_kb, packages)
        self.sandbox = tuple(self.bench.explain(layer) for layer in worker.sandbox)
        if problem := self.bench.exposed(self.sandbox):
            worker.end()
            raise AssignmentError(problem)
        return worker

    def _open_device(self, worker: Worker, wanted: str) -> values.DeviceInUse:
        """Nothing of the student's has run: the time is the grader's, and so is a mistake."""
        try:
            opened = worker.call("open_device", "opening a device", SECONDS_TO_OPEN, wanted=wanted)
            return values.device(opened.values)
        except SubmissionError as error:
            worker.end()
            said = str(error).rpartition("your code raised ")[2]  # which it was not
            raise InternalError(f"{self.framework.label} has no device for its checks: {said}") from error

    def _model(self, worker: Worker, answer: Answer, sizes: Sizes, *, channels_first: bool = False) -> Model:
        number, parameters = values.parameters(answer.values, f"{self.file}: build_model")
        more = (values.names(answer.values.get(name)) for name in ("unregistered", "switches"))
        return Model(self, worker, number, tuple(parameters), sizes, *more, channels_first=channels_first)
