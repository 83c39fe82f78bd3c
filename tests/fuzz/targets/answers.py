"""Answers of a worker: any frame whatever is an answer of the right form or the student's failure, told in words."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from rich.console import Console

from autograder.assignment import Limits
from autograder.blueprint import (
    LSTM,
    Blueprint,
    Chain,
    Conv1D,
    Dense,
    Embedding,
    Framework,
    GlobalMaxPool1D,
    Parallel,
    ReLU,
    fitting,
    matches,
)
from autograder.blueprint.diagnosis import explain_parameters
from autograder.blueprint.tables import parameter_table
from autograder.checking.copies import copies
from autograder.checking.device_requests import asked_for, chosen, hard_coded
from autograder.errors import Finding, SubmissionError
from autograder.protocol.channel import Channel
from autograder.protocol.frames import MAX_ANSWER_HEADER, Message
from autograder.report import CheckResult, Outcome, Report
from autograder.reporters import gradescope, terminal
from autograder.sandbox.policy import Policy
from autograder.student import values
from autograder.student.failures import NOWHERE
from autograder.student.handle import Module, Submission
from autograder.student.meter import Meter
from autograder.student.model import Model
from autograder.student.worker import Answer, Worker
from targets.target import BORDER, Form, Target, entry, framed, must, unframed

SECONDS = 60.0  # of a call: nothing here waits
MOST_SAID = 40_000  # characters of one finding
TEXTS = np.ones((3, 4), np.int64)
SIZES: dict[str, Any] = {"num_classes": 2}


class Stranger(Worker):
    """A worker that has no process, and one frame to say to whatever it is asked."""

    def __init__(self, frame: bytes) -> None:
        ours, self._theirs = socket.socketpair()
        self._frame = frame
        self._channel = Channel(ours, receives=MAX_ANSWER_HEADER)
        self._calls, self._gone, self._meter, self.alive, self.held_up = 0, None, Meter(), True, 0.0
        self._suspicions = ()
        self._policy, self._output = Policy("/nowhere"), SimpleNamespace(text=lambda: "", finish=lambda: "")
        self._stack = SimpleNamespace(ask=lambda _: NOWHERE, left=lambda: NOWHERE, close=lambda: None)
        self._zygote, self._lodger = SimpleNamespace(end=lambda _lodger, _grace: None), SimpleNamespace(pid=0)

    def close(self) -> None:
        """Hang up, whatever has become of it."""
        self._channel.close()
        self._theirs.close()

    def _send(self, request: Message, deadline: float) -> None:
        super()._send(request, deadline)
        self._theirs.sendall(self._frame)
        self._theirs.shutdown(socket.SHUT_WR)  # nobody waits for more

    def _family(self) -> set[int]:
        return set()


class OpenBench:
    """Passes calls on, and keeps no account."""

    limits = Limits()

    def ask(
        self,
        worker: Stranger,
        method: str,
        doing: str,
        seconds: float,
        arrays: Mapping[str, np.ndarray] | None = None,
        **parameters: Any,
    ) -> Answer:
        return worker.call(method, doing, SECONDS, arrays, **parameters)


@contextmanager
def student(frame: bytes, framework: Framework) -> Iterator[Model]:
    """A model of a module, both served by a stranger with this one frame to say."""
    worker = Stranger(frame)
    submission = Submission(Path("/nowhere"), dict.fromkeys(Framework, "module"))
    module = Module(framework, submission, SimpleNamespace(), OpenBench(), "simulated")  # type: ignore[arg-type]
    module._worker, module._policy = worker, worker._policy  # type: ignore[assignment]
    module._device = values.DeviceInUse("simulated", "simgpu", "a simulated GPU")
    _, parameters = values.parameters({"model": 0, "parameters": GOOD["build_model"]["parameters"]}, "build_model")
    try:
        yield Model(module, worker, 0, tuple(parameters), SIZES)
    finally:
        worker.close()


# -- what the grader does with an answer


def _parameters(model: Model) -> None:
    built = model.module.build(SIZES)
    for blueprint in BLUEPRINTS:
        next(matches(fitting(blueprint, model.framework, built.parameters), model.framework, built.parameters), None)


def _explained(model: Model) -> None:
    """As above, and every mistake is tried that may have given the model these parameters; that takes long."""
    built = model.module.build(SIZES)
    for blueprint in BLUEPRINTS:
        parameter_table(blueprint, model.framework, built.parameters)
        if next(matches(blueprint, model.framework, built.parameters), None) is None:
            _say(explain_parameters(blueprint, model.framework, built.parameters, depth=1))


def _trace(model: Model) -> None:
    trace = model.module.take_trace()
    must(len(copies(trace, 3, heeds_padding=True)) < MOST_SAID, "what is said of copies is bounded")
    for finding in (hard_coded("fit", asked_for(trace)), chosen(asked_for(trace))):
        if finding is not None:
            _say(finding)


def _device(model: Model) -> None:
    answer = model.module._call("open_device")
    values.device(answer.values)


USES: dict[str, Callable[[Model], object]] = {
    "build_vocabulary": lambda model: model.module.build_vocabulary(["a text"], 10),
    "encode": lambda model: model.module.encode(["a"] * 3, ["", "[UNK]"], 4),
    "build_model": _parameters,
    "weights": lambda model: model.weights(),
    "gradients": lambda model: model.gradients(TEXTS, np.zeros(3, np.int64)),
    "predict": lambda model: model.predict(TEXTS),
    "predict_on_device": lambda model: model.predict_on_device(TEXTS),
    "forward": lambda model: model.forward(TEXTS, training=False),
    "fit": lambda model: model.fit(TEXTS, np.zeros(3, np.int64), epochs=2),
    "is_training": lambda model: model.is_training(),
    "placement": lambda model: model.placement(),
    "take_trace": _trace,
    "open_device": _device,
}
NAMES = sorted(USES)


def run(data: bytes) -> None:
    """The first byte says what was asked, the rest is the frame that comes back."""
    if data:
        _ask(data, USES[NAMES[data[0] // 2 % len(NAMES)]])


def models(data: bytes) -> None:
    """The same, of a model that was built."""
    if data:
        _ask(data, _explained)


def _ask(data: bytes, use: Callable[[Model], object]) -> None:
    with student(framed(data[1:]), tuple(Framework)[data[0] % 2]) as model:
        try:
            use(model)
        except SubmissionError as error:
            _say(error.finding)


@lru_cache(1000)  # rendering takes longer than all the rest, and most answers end in one of a few findings
def _say(finding: Finding) -> None:
    """A finding has words, within bounds, that every reporter can show."""
    must(bool(finding.message.strip()), "a finding says something")
    must(sum(map(len, vars(finding).values())) < MOST_SAID, "a finding is bounded")
    check = CheckResult("1.1", "It works.", "torch", Outcome.FAILED, 0, 2, finding=finding)
    report = Report("fuzzed", checks=(check,))
    json.loads(gradescope.to_json(report).encode("utf-8"), parse_constant=_not_json)
    must(Report.from_json(report.to_json()).checks == (check,), "a report can be read back")
    CONSOLE.print(terminal.check_line(check))
    CONSOLE.file.truncate(0)


def _not_json(name: str) -> None:
    must(False, f"{name} is not JSON")


CONSOLE = Console(file=StringIO(), width=80)


# -- where to begin

GOOD: dict[str, dict[str, Any]] = {
    "build_vocabulary": {"vocabulary": ["", "[UNK]", "a", "\ud800"]},
    "build_model": {
        "model": 0,
        "parameters": [
            {"name": "embedding.weight", "shape": [9, 4], "trainable": True, "layer": "Embedding"},
            {"name": "output.bias", "shape": [2], "trainable": True, "layer": "Linear"},
        ],
        "unregistered": ["convs[0]"],
        "switches": ["is_train"],
    },
    "is_training": {"training": True},
    "placement": {"placement": ["cpu", "simgpu"]},
    "open_device": {"kind": "simulated", "name": "simgpu", "label": "a simulated GPU", "why": ""},
    "predict_on_device": {"left_on_device": True},
    "take_trace": {
        "trace": {
            "to_device": 30, "waits": 30, "waits_at": [["item()", "model.py, line 3", 5]], "graph": [],
            "requests": [{"what": "tf.device", "value": "/GPU:0", "line": "model.py, line 2", "kind": "names"}],
        }
    },
}  # fmt: skip
ARRAYS: dict[str, tuple[list[dict[str, Any]], bytes]] = {
    "encode": ([entry("token_ids", "<i8", 3, 4)], bytes(96)),
    "weights": ([entry("0", "<f4", 9, 4), entry("1", "<f4", 2)], bytes(152)),
    "gradients": ([entry("0", "<f4", 9, 4), entry("1", "<f4", 2)], bytes(152)),
    "fit": ([entry("losses", "<f8", 2)], bytes(16)),
    **dict.fromkeys(("predict", "predict_on_device", "forward"), ([entry("logits", "<f4", 3, 2)], bytes(24))),
}
ERRORS: list[dict[str, Any]] = [
    {"type": "ValueError", "text": "two\nlines", "frames": [{"file": "m.py", "line": 3, "function": "f", "code": "x"}]},
    {"type": "SyntaxError", "text": "bad (m.py, line 3)", "syntax": {"file": "m.py", "line": 3, "code": "def"}},
    {"type": "NotImplementedError", "text": "Task 1", "frames": [{"code": "raise NotImplementedError"}]},
    {"type": "ModuleNotFoundError", "missing_module": "pandas"},
    {"type": "RuntimeError", "text": "x", "device": {"what": "mixed", "source": "made", "name": "h0", "made": "zeros"}},
    *({"type": kind, "text": "x"} for kind in ("WrongKind", "SystemExit", "TypeError", "RuntimeError", "MemoryError")),
]
BLUEPRINTS = [
    Blueprint(
        Chain(
            Embedding("embedding", 9, 4),
            Parallel(*[Chain(Conv1D(f"conv{k}", 5, k), ReLU(), GlobalMaxPool1D()) for k in (2, 3)]),
            Dense("output", 2),
        )
    ),
    Blueprint(Chain(Embedding("embedding", 9, 4), LSTM("lstm", 5), Dense("output", 2))),
]


def seeds() -> list[bytes]:
    found = []
    for number, name in enumerate(NAMES):
        entries, payload = ARRAYS.get(name, ([], b""))
        answer = unframed({"id": 1, "ok": GOOD.get(name, {})}, entries, payload)
        found += [bytes([2 * number + odd]) + answer for odd in (0, 1)]
    found += [bytes([2 * NAMES.index("fit")]) + unframed({"id": 1, "error": error}) for error in ERRORS]
    garbled = [b"", b"{}" + BORDER, unframed({"id": 2, "ok": {}}), unframed({"id": 1, "ok": {}, "error": {}})]
    return found + [b"\0" + frame for frame in garbled]


def model_seeds() -> list[bytes]:
    pairs = [(blueprint, number) for blueprint in BLUEPRINTS for number in (0, 1)]
    built = [(number, _shapes(blueprint, tuple(Framework)[number])) for blueprint, number in pairs]
    return [bytes([number]) + unframed({"id": 1, "ok": ok}) for number, ok in [*built, (1, GOOD["build_model"])]]


def _shapes(blueprint: Blueprint, framework: Framework) -> dict[str, Any]:
    shapes = [list(parameter.native_shape(framework)) for parameter in blueprint.parameters(framework)]
    return {"model": 0, "parameters": [{"name": f"p{n}", "shape": shape} for n, shape in enumerate(shapes)]}


KEYS = {
    "id",
    "ok",
    "error",
    "type",
    "text",
    "frames",
    "file",
    "line",
    "function",
    "code",
    "syntax",
    "missing_module",
    "device",
    "what",
    "source",
    "made",
    "name",
    "kind",
    "argument",
    "registered",
    "index",
    "value",
    "trace",
}
WORDS = [
    *(json.dumps(word).encode() for word in sorted({*KEYS, *(key for good in GOOD.values() for key in good)})),
    *(json.dumps(word).encode() for word in ("names", "chooses", "spreads", "item()", "cuda", "parameter", "brought")),
    *(b'"shape":[]', b'"shape":[0,' + b"9" * 40 + b"]", b"null", b"true", b"[]", b"{}", b"-1", b'"\\ud800"', b'"\\n"'),
]
ALL = [
    Target("answers", run, seeds, WORDS, 3000, Form.FRAME),
    Target("models", models, model_seeds, WORDS, 3000, Form.FRAME),
]
