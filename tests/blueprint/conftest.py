from __future__ import annotations

import numpy as np
import pytest

from autograder.blueprint import (
    Blueprint,
    Chain,
    Conv1D,
    Dense,
    Dropout,
    Embedding,
    GlobalMaxPool1D,
    Parallel,
    ReLU,
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
