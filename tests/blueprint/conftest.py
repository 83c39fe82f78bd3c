from __future__ import annotations

import numpy as np
import pytest

from autograder.blueprint import (
    GRU,
    LSTM,
    Bidirectional,
    Blueprint,
    Chain,
    Conv1D,
    Dense,
    Dropout,
    Embedding,
    GlobalAveragePool1D,
    GlobalMaxPool1D,
    Parallel,
    ReLU,
    SimpleRNN,
    StudentParameter,
    Uniform,
)

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
        return [StudentParameter(i, name, tuple(shape)) for i, (shape, name) in enumerate(found)]

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
        "cnn, lstm": [Conv1D("conv", hidden + 1, 4), ReLU(), LSTM("lstm", hidden)],
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


@pytest.fixture(scope="session")
def padded_ids():
    """Token ids [n, t] with padding behind the words: every length from no word (rows 0 and 5) to the full one."""

    def build(rng, vocab_size=40, n=24, length=11):
        lengths = np.concatenate([[0, length, 1, 2, 3, 0], rng.integers(3, length + 1, n - 6)])
        ids = rng.integers(1, vocab_size, (n, length))
        return np.where(np.arange(length) < lengths[:, None], ids, 0)

    return build
