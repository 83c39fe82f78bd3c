from __future__ import annotations

import os
from itertools import islice

import numpy as np
import pytest

from autograder.blueprint import (
    GRU,
    LSTM,
    Bidirectional,
    Blueprint,
    Chain,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Framework,
    GlobalAveragePool1D,
    GlobalMaxPool1D,
    LogSoftmax,
    MaxPool2D,
    Parallel,
    PerFramework,
    ReLU,
    Signal,
    SimpleRNN,
    Softmax,
    StudentParameter,
    Tolerance,
    Uniform,
    explain_logits,
    explain_parameters,
    matches,
)

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

READINGS = 12  # of a model's arrays that are tried

SIZES = {
    "vocab_size": 40,
    "embed_dim": 7,
    "num_filters": 6,
    "kernel_sizes": (3, 4, 5),
    "num_classes": 3,
    "dropout": 0.5,
}


@pytest.fixture
def rng():
    return np.random.default_rng(20140825)


@pytest.fixture(scope="session")
def text_cnn():
    """The TextCNN's blueprint at any sizes; small ones by default."""

    def build(**sizes):
        s = SIZES | sizes
        return Blueprint(
            Chain(
                Embedding("embedding", s["vocab_size"], s["embed_dim"], initializer=Uniform(0.25)),
                Parallel(
                    *[
                        Chain(Conv1D(f"conv{k}", s["num_filters"], k), ReLU(), GlobalMaxPool1D())
                        for k in s["kernel_sizes"]
                    ]
                ),
                Dropout(s["dropout"]),
                Dense("output", s["num_classes"]),
            )
        )

    return build


@pytest.fixture(scope="session")
def as_students():
    """A plain model's arrays as (name, native shape) in an order, with some left out, changed or added."""

    def build(blueprint, framework, *, names=None, without=(), shapes=None, extra=()):
        table = {p.name: p for p in blueprint.parameters(framework)}
        kept = [name for name in names or table if name not in without]
        found = [((shapes or {}).get(n) or table[n].native_shape(framework), n) for n in kept] + list(extra)
        trained = [name not in table or table[name].trainable for _, name in found]
        return [StudentParameter(i, n, tuple(s), trainable=trained[i]) for i, (s, n) in enumerate(found)]

    return build


@pytest.fixture(scope="session")
def convnet():
    """The warm-up's blueprint: the reading's 2-D example."""

    def build(height=32, width=32, channels=3, filters=(32, 16), num_classes=10):
        layers = [
            *(Conv2D("conv1", filters[0], 3), ReLU(), MaxPool2D(2)),
            *(Conv2D("conv2", filters[1], 3), ReLU(), MaxPool2D(2)),
            *(Flatten(), Dense("output", num_classes)),
        ]
        ends = PerFramework(keras=Softmax(), torch=LogSoftmax())
        return Blueprint(Chain(*layers), Signal((height, width, channels)), ends)

    return build


def _layers(name, hidden):
    """What stands between the embedding and the output of each model over words."""
    return {
        "lstm": [LSTM("lstm", hidden)],
        "gru": [GRU("gru", hidden)],
        "rnn": [SimpleRNN("rnn", hidden)],
        "stacked": [LSTM("lower", hidden, returns="sequence"), LSTM("upper", hidden)],
        "bidirectional": [Bidirectional(LSTM("lstm", hidden))],
        "bidirectional gru": [Bidirectional(GRU("gru", hidden))],
        "stacked bidirectional": [
            Bidirectional(LSTM("lower", hidden, returns="sequence")),
            Bidirectional(LSTM("upper", hidden)),
        ],
        "cnn, lstm": [Conv1D("conv", hidden + 1, 4), ReLU(), LSTM("lstm", hidden, skip_padding=False)],
        "lstm, max": [LSTM("lstm", hidden, returns="sequence"), GlobalMaxPool1D(skip_padding=True)],
        "bag of words": [GlobalAveragePool1D(skip_padding=True), Dense("hidden", hidden), ReLU()],
    }[name]


@pytest.fixture(scope="session")
def over_words():
    """A model that reads words one after the other, by name and sizes."""

    def build(name, vocab_size=40, embed_dim=7, hidden=6, num_classes=3):
        layers = Embedding("embedding", vocab_size, embed_dim), *_layers(name, hidden), Dropout(0.5)
        return Blueprint(Chain(*layers, Dense("output", num_classes)))

    return build


class Real:
    """A real model of one of the frameworks, handled as the grader does: all its arrays in, outputs out."""

    def __init__(self, model, inputs):
        self.model, self.inputs = model, inputs
        self.framework = Framework.TORCH if hasattr(model, "named_parameters") else Framework.KERAS
        self.call()  # some models make their weights when first called

    def call(self):
        if self.framework is Framework.KERAS:
            return np.asarray(self.model(np.asarray(self.inputs, self.dtype), training=False))
        import torch

        with torch.no_grad():
            return self.model.eval()(torch.from_numpy(np.asarray(self.inputs, self.dtype))).numpy()

    @property
    def dtype(self):
        return np.float32 if self.inputs.dtype.kind == "f" else np.int64

    def arrays(self):
        """Name, array and whether it is trained, in the framework's own order."""
        if self.framework is Framework.KERAS:
            return [(w.path, w, w.trainable) for w in self.model.weights]
        buffers = [(n, b, False) for n, b in self.model.named_buffers() if b.is_floating_point()]
        return [(n, p, True) for n, p in self.model.named_parameters()] + buffers

    @property
    def parameters(self):
        return [StudentParameter(i, n, tuple(a.shape), trainable=t) for i, (n, a, t) in enumerate(self.arrays())]

    def answer(self, match, weights):
        for (_, array, _), values in zip(self.arrays(), match.to_student(weights), strict=True):
            if self.framework is Framework.KERAS:
                array.assign(values)
            else:
                import torch

                array.data.copy_(torch.from_numpy(values))
        return self.call()

    def error(self, blueprint, weights):
        """Largest difference from the oracle, for the first reading of the arrays that agrees, or the best one."""
        blueprint = blueprint.of(self.framework)
        oracle, least = blueprint.forward(weights, self.inputs), np.inf
        for match in islice(matches(blueprint, self.framework, self.parameters), READINGS):
            least = min(least, np.abs(self.answer(match, weights) - oracle).max())
            if least < 1e-4:
                break
        return least

    def diagnosis(self, blueprint, weights):
        """What the grader says: nothing for the right model; else the mistake, by parameters or by logits."""
        concrete = blueprint.of(self.framework)
        readings = list(islice(matches(concrete, self.framework, self.parameters), READINGS))
        if not readings:
            return explain_parameters(blueprint, self.framework, self.parameters).misconception
        found = [self.answer(match, weights) for match in readings]
        oracle = concrete.forward(weights, self.inputs)
        if any(Tolerance().agrees(output, oracle) for output in found):
            return ""
        named = (explain_logits(blueprint, self.framework, weights, self.inputs, output) for output in found)
        return next((variant.key for variant in named if variant), "unknown")


@pytest.fixture(scope="session")
def real():
    """Makes a handle of a real model and its inputs."""
    return Real


@pytest.fixture(scope="session")
def padded_ids():
    """Token ids [n, t] with padding behind the words: every length from no word (rows 0 and 5) to the full one."""

    def build(rng, vocab_size=40, n=24, length=11):
        lengths = np.concatenate([[0, length, 1, 2, 3, 0], rng.integers(3, length + 1, n - 6)])
        ids = rng.integers(1, vocab_size, (n, length))
        return np.where(np.arange(length) < lengths[:, None], ids, 0)

    return build
